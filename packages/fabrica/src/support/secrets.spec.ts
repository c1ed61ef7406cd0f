import { redact, rememberSecret } from './secrets';

describe('redact', () => {
  it('hides what was told to it, also as a part of an address', () => {
    rememberSecret('s3cret/word');
    expect(redact('the password is s3cret/word, or s3cret%2Fword')).toBe('the password is ***, or ***');
  });

  it('hides passwords of addresses that nobody told it', () => {
    expect(redact('GET https://anna:hunter22@pypi.example.com/simple/')).toBe(
      'GET https://anna:***@pypi.example.com/simple/',
    );
  });

  it('hides credentials of headers', () => {
    expect(redact('authorization: Basic YW5uYTpodW50ZXIyMg==')).toBe('authorization: Basic ***');
  });

  it('leaves short words and ordinary text alone', () => {
    rememberSecret('a');
    expect(redact('a basic test at http://127.0.0.1:8000/a')).toBe('a basic test at http://127.0.0.1:8000/a');
  });
});
