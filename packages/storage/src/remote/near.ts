import type { CloudClient } from './cloud-client.ts';

const SHOWN = 8;

/**
 * What lies beside a path that has nothing, for a message: `; there is lab-hf/, labels.txt`. Empty where the store does not
 * say.
 */
export async function near(client: CloudClient, path: string, signal: AbortSignal | undefined): Promise<string> {
  let parent = path.replace(/\/+$/, '');
  for (let level = 0; level < 8; level++) {
    parent = parent.slice(0, parent.lastIndexOf('/') + 1);
    const page = await client.list({ prefix: parent, delimiter: '/', limit: 1000 }, signal).catch(() => undefined);
    if (page === undefined) return '';
    const names = [...page.folders, ...page.objects.map((object) => object.key)]
      .map((key) => key.slice(parent.length))
      .filter((name) => name !== '' && name !== '/');
    if (names.length > 0)
      return `; ${parent === '' ? 'there' : `in ${parent} there`} is ${closest(names, path.slice(parent.length))}`;
    if (parent === '') return '; it is empty';
    parent = parent.replace(/\/$/, '');
  }
  return '';
}

/** The names most like the wanted one, those with the longest common start first. */
function closest(names: readonly string[], wanted: string): string {
  const shared = (name: string) => {
    let length = 0;
    while (length < name.length && name[length]?.toLowerCase() === wanted[length]?.toLowerCase()) length++;
    return length;
  };
  const sorted = [...names].sort((a, b) => shared(b) - shared(a) || (a < b ? -1 : 1)).slice(0, SHOWN);
  const shown = sorted.map((name) => (name.length > 80 ? `${name.slice(0, 77)}…` : name)).join(', ');
  return names.length > SHOWN ? `${shown}, …` : shown;
}
