import type { ExecutorContext } from '@nx/devkit';
import { hoursInWords } from '../../develop/cluster/demand';
import { FabricaError } from '../../support/errors';
import { isInteractive, runOnTerminal } from '../../support/terminal';
import { environmentNames, readEnvironment, type Environment } from '../../workspace';
import { gpuOf, machineName, MACHINES, type Machine } from '../../vm/gcloud';
import { createVm, imageOf, isThere, readVm, vmCost, zoneOf, type At } from '../../vm/vm';
import { runCommand, type CommonOptions } from '../command';

export interface VmOptions extends CommonOptions {
  readonly machine?: string;
  readonly gpu?: string | number;
  readonly zone?: string;
  readonly hours?: number;
  /** Whose prices count. */
  readonly environment?: string;
}

/** A virtual machine of Google Cloud with the project and its environment, and a shell in it. */
export default function vm(options: VmOptions, context: ExecutorContext): Promise<{ success: boolean }> {
  return runCommand(options, context, async ({ root, folder, name: project, signal, progress, answer }) => {
    const at: At = { root, folder, project, signal, progress };
    const known = readVm(root, project);
    const isJoined = known !== undefined && (await isThere(known, signal));
    const { name, zone } = isJoined ? known : await start(at, options);
    const commands = [
      `gcloud compute ssh ${name} --zone=${zone}`,
      `gcloud compute scp --recurse ${name}:${project}/PATH . --zone=${zone}`,
      `npx nx run ${project}:stop`,
    ];
    const document = { schema: 1, project, name, zone, outcome: isJoined ? 'joined' : 'created' };
    const last = 'Its disk is deleted with it: bring what you need here before, or keep it in the store';
    answer(document, [last, '', 'Next:', ...commands.map((line) => `  ${line}`), ''].join('\n'));
    if (!isInteractive() || options.json) return;
    const shell = ['compute', 'ssh', name, `--zone=${zone}`, '--', '-L', '8888:127.0.0.1:8888'];
    await runOnTerminal('gcloud', shell, { signal });
  });
}

async function start(at: At, options: VmOptions): Promise<Machine> {
  const { signal, progress, root } = at;
  const { hours = 8 } = options;
  if (!(hours > 0 && hours <= 168))
    throw new FabricaError('bad-option', `--hours=${hours} must be more than 0, and 168 at most`, {
      hint: '--hours=8',
    });
  const gpu = gpuOf(options.gpu);
  const type = options.machine ?? (gpu ? MACHINES.gpu : MACHINES.usual);
  const hasOwn = /^(a2|a3|a4|g2|g4)/.test(type);
  const machine: Machine = {
    ...{
      name: machineName(at.project),
      zone: await zoneOf(options.zone, signal),
      machine: type,
      hours,
    },
    ...(gpu && !hasOwn ? { gpu } : {}),
    image: await imageOf(gpu !== undefined || hasOwn, signal),
  };
  const cost = await vmCost(machine, pricesOf(root, options.environment), signal);
  const words = [type, ...(machine.gpu ? [`${machine.gpu.count} ${machine.gpu.type}`] : [])].join(', ');
  progress.say(`${machine.name}: ${words}, deleted after ${hoursInWords(hours)}${cost ? `; ${cost}` : ''}`);
  await createVm(at, machine);
  return machine;
}

/** The environment that is named, else the first that knows prices. */
function pricesOf(root: string, name: string | undefined): Environment | undefined {
  if (name) return readEnvironment(root, name);
  return environmentNames(root)
    .map((one) => readEnvironment(root, one))
    .find(({ prices }) => prices);
}
