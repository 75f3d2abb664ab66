/** How a registry wants to know who asks. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string | undefined };

/** Reads `www-authenticate`; undefined where it asks for nothing that is known. */
export function readChallenge(header: string | undefined): Challenge | undefined {
  const text = (header ?? '').slice(0, 4096);
  if (/^basic\b/i.test(text)) return { scheme: 'basic' };
  if (!/^bearer\b/i.test(text)) return undefined;
  const values = new Map<string, string>();
  for (const [, key, value] of text.matchAll(/([a-z]{1,20})="([^"]*)"/gi)) {
    values.set((key as string).toLowerCase(), value as string);
  }
  const realm = values.get('realm');
  return realm === undefined ? undefined : { scheme: 'bearer', realm, service: values.get('service') };
}
