import type { Graph } from '@viz-js/viz';
import { versionText } from './report';
import type { Usage } from './usages';

/**
 * A picture of who uses what, as SVG: projects left of what they use, with the version; dashed where no production
 * code imports it.
 */
export async function usesPicture(usages: readonly Usage[]): Promise<string> {
  // Loaded when it is needed: Graphviz, compiled to WebAssembly, takes a moment to start.
  const { instance } = await import('@viz-js/viz');
  return (await instance()).renderString(graphOf(usages), { format: 'svg' });
}

/** The graph that is drawn. */
export function graphOf(usages: readonly Usage[]): Graph {
  const projects = usages.filter(({ by }) => by.kind === 'project').map(({ by }) => by.distribution);
  const packages = usages.filter(({ by }) => by.kind === 'package').map(({ by }) => by.distribution);
  const used = usages.map(({ of }) => of.distribution);
  return {
    graphAttributes: { rankdir: 'LR', fontname: 'sans-serif', ranksep: 1.5 },
    // Wider than the layout thinks a text is: whoever looks at it may have another font.
    nodeAttributes: { shape: 'box', style: 'rounded,filled', fontname: 'sans-serif', margin: '0.25,0.1' },
    edgeAttributes: { fontname: 'sans-serif', fontsize: 10, color: '#6b7280' },
    nodes: [...new Set([...projects, ...packages, ...used])].map((name) => ({
      name,
      attributes: { fillcolor: projects.includes(name) ? '#dbeafe' : '#eef2f7' },
    })),
    edges: usages.map((usage) => ({
      tail: usage.by.distribution,
      head: usage.of.distribution,
      attributes: {
        label: versionText(usage),
        style: usage.places.some(({ zone }) => zone === 'production') ? 'solid' : 'dashed',
      },
    })),
  };
}
