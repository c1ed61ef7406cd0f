import { compileToYaml } from './compile';
import { releaseWith, SLACK } from './testing/release';
it('x', () => { const m = compileToYaml(releaseWith({environment: SLACK, service:true, app:true, settings:"pipelines: {train: {schedule: {cron: '0 4 * * *', timeZone: America/New_York}, resources: {train_model: {nodeSelector: {pool: large}}}}}\nservice: {scale: {max: 5}, callers: [explorer]}\n"})); for (const [n,t] of m) process.stdout.write(`##### ${n}\n${t}`); });
