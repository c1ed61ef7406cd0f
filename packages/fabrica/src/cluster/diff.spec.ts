import { readable } from './diff';

const LIVE = '/tmp/LIVE-1234/apps.v1.Deployment.science.bikes-service';
const MERGED = '/tmp/MERGED-5678/apps.v1.Deployment.science.bikes-service';
const head = `diff -u -N ${LIVE} ${MERGED}\n--- ${LIVE}\t2026-01-01\n+++ ${MERGED}\t2026-01-02\n`;
const generation = '@@ -5,3 +5,3 @@\n   annotations: {}\n-  generation: 1\n+  generation: 2\n';
const replicas = '@@ -20,2 +20,2 @@\n spec:\n-  replicas: 1\n+  replicas: 2\n';

it('says what changes, without what the server writes by itself', () => {
  expect(readable(`${head}${generation}${replicas}`)).toBe(
    `--- cluster/apps.v1.Deployment.science.bikes-service\n+++ compiled/apps.v1.Deployment.science.bikes-service\n${replicas}`,
  );
  expect(readable(`${head}${generation}`)).toBe('');
  expect(readable('')).toBe('');
});

it('shows a new object without the id that the server made up', () => {
  const made = `${head}@@ -0,0 +1,3 @@\n+metadata:\n+  uid: 4f2a\n+  name: bikes-service\n`;
  expect(readable(made)).toContain('+metadata:\n+  name: bikes-service\n');
});
