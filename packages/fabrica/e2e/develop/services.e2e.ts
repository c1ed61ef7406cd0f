import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeName } from '../../src/develop/compose';
import lock from '../../src/executors/lock/executor';
import { describeWithDocker, docker, sync } from '../support/docker';
import { Workspace } from '../support/workspace';
import { containersOf, develop, PROJECT } from './bikes';

jest.setTimeout(900_000);

const IMAGE = 'fabrica-tests/postgres:1';

/** Postgres of Debian, which takes the variables and the folder of the usual image. */
const DOCKERFILE = `FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql && rm -rf /var/lib/apt/lists/*
ENV PATH=/usr/lib/postgresql/15/bin:$PATH PGDATA=/var/lib/postgresql/data
RUN mkdir -p $PGDATA && chown postgres $PGDATA
COPY start /start
USER postgres
CMD ["sh", "/start"]
`;
const START = `set -e
if [ ! -e "$PGDATA/PG_VERSION" ]; then
  echo "$POSTGRES_PASSWORD" > /tmp/password
  initdb --username "$POSTGRES_USER" --pwfile /tmp/password --auth-host scram-sha-256
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  pg_ctl start --wait --options "-c listen_addresses=''"
  createdb --username "$POSTGRES_USER" "$POSTGRES_DB"
  pg_ctl stop --wait
fi
exec postgres -c 'listen_addresses=*'
`;

describeWithDocker('a database beside the project', () => {
  const workspace = new Workspace();

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fabrica-postgres-'));
    writeFileSync(join(folder, 'Dockerfile'), DOCKERFILE);
    writeFileSync(join(folder, 'start'), START);
    docker('buildx', 'build', '--quiet', '--load', '--tag', IMAGE, folder);
    rmSync(folder, { recursive: true });
    workspace.project('bikes', ['psycopg[binary]']);
    const services = { postgres: IMAGE };
    const plugin = { plugin: 'fabrica/plugin', options: { images: { services } } };
    workspace.write('nx.json', JSON.stringify({ plugins: [plugin] }));
    const settings = `${PROJECT}/fabrica.yaml`;
    workspace.write(settings, `${workspace.read(settings)}develop:\n  services: [postgres]\n`);
    workspace.start();
    await workspace.run(lock, PROJECT, {});
    await sync(workspace);
    workspace.commit('All in place');
  });
  afterAll(async () => {
    docker('volume', 'rm', `${composeName(workspace.root, 'bikes')}_postgres`);
    await workspace.remove();
  });

  const sql = (statement: string): Promise<{ code: number | null; output: string }> => {
    const connect = "psycopg.connect(os.environ['DATABASE_URL'], autocommit=True)";
    return develop(workspace, {
      command: `python -c "import os, psycopg; print(${connect}.execute('${statement}').rowcount)"`,
    });
  };

  it('answers before the command begins, keeps what it was told, and ends with the container', async () => {
    const made = await sql('create table rides as select generate_series(1, 42)');
    expect([made.code, made.output]).toEqual([0, expect.stringMatching(/^42$/m)]);
    expect(containersOf(workspace)).toEqual([]);
    expect((await sql('select * from rides')).output).toMatch(/^42$/m);
  });
});
