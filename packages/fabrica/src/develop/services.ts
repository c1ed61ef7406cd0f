import type { ServiceName } from '../workspace/settings-schema';

/** A service as Docker Compose starts it. */
export interface Service {
  /** Unless nx.json names another: `images.services`. */
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where its files are, which outlive it in a volume. */
  readonly data: string;
  readonly healthcheck: { readonly test: readonly string[] } & Readonly<Record<string, unknown>>;
  /** Variables by which the project finds it. */
  readonly gives: Readonly<Record<string, string>>;
}

/** What fabrica.yaml may ask for, by its name. Nobody but the project's own containers reaches it: no port is published. */
export const SERVICE_TABLE: Readonly<Record<ServiceName, Service>> = {
  postgres: {
    image: 'postgres:17',
    environment: { POSTGRES_USER: 'dev', POSTGRES_PASSWORD: 'dev', POSTGRES_DB: 'dev' },
    data: '/var/lib/postgresql/data',
    healthcheck: {
      test: ['CMD', 'pg_isready', '--username', 'dev', '--host', '127.0.0.1'],
      interval: '500ms',
      timeout: '5s',
      retries: 120,
    },
    gives: { DATABASE_URL: 'postgresql://dev:dev@postgres:5432/dev' },
  },
};
