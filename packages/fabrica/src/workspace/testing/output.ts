/** What is printed while some work runs. For tests alone. */
export async function printed(work: () => unknown): Promise<string> {
  let text = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += chunk.toString();
    return true;
  });
  try {
    await work();
  } finally {
    write.mockRestore();
  }
  return text;
}
