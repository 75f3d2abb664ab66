/** KServe's rule for an InferenceService's name. */
export const ISVC_NAME_PATTERN = '[a-z]([-a-z0-9]*[a-z0-9])?';

const ISVC_NAME = /^[a-z][-a-z0-9]*$/;
const DNS_LABEL = /^[a-z0-9][-a-z0-9]*$/;
const DNS_SUBDOMAIN_CHARACTERS = /^[a-z0-9.-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const UNSAFE_IN_PATH = /[/%\\\u0000-\u001f\u007f]/;
const LABEL_NAME = /^[A-Za-z0-9][-A-Za-z0-9_.]*$/;

/** Whether KServe takes it as an InferenceService's name; up to 63 characters, since it becomes a label of a host name. */
export function isInferenceServiceName(name: string): boolean {
  return name.length <= 63 && ISVC_NAME.test(name) && !name.endsWith('-');
}

/** An RFC 1123 label: a namespace's name, a container's name. */
export function isDnsLabel(name: string): boolean {
  return name.length <= 63 && DNS_LABEL.test(name) && !name.endsWith('-');
}

/** An RFC 1123 subdomain: the name of most resources. */
export function isDnsSubdomain(name: string): boolean {
  if (name.length > 253 || !DNS_SUBDOMAIN_CHARACTERS.test(name)) return false;
  return name.split('.').every((label) => DNS_LABEL.test(label) && !label.endsWith('-'));
}

const LOWER_CASE = "lower-case letters, digits and '-', starting and ending with a letter or digit";
const SUBDOMAIN = "lower-case letters, digits, '-' and '.', starting and ending with a letter or digit";
const FROM_A_LETTER = "up to 63 lower-case letters, digits and '-', starting with a letter and not ending with '-'";

interface NameRule {
  readonly takes: (name: string) => boolean;
  /** What a name may be, for people. */
  readonly hint: string;
}

const ANY_SEGMENT: NameRule = { takes: isPathSegment, hint: "no '/' and no '%', and neither '.' nor '..'" };
const OF_SUBDOMAIN: NameRule = { takes: isDnsSubdomain, hint: SUBDOMAIN };
const OF_SERVICE: NameRule = { takes: isInferenceServiceName, hint: FROM_A_LETTER };

/** Kinds whose names are no plain DNS subdomains: Kubernetes' validation of the kind, and KServe's webhooks. */
const NAME_RULES: ReadonlyMap<string, NameRule> = new Map([
  ['Namespace', { takes: isDnsLabel, hint: `up to 63 ${LOWER_CASE}` }],
  ['InferenceService', OF_SERVICE],
  ['InferenceGraph', OF_SERVICE],
  // The webhook's [a-zA-Z0-9_-]+ and the API server's subdomain have these in common.
  ['TrainedModel', { takes: (name) => isDnsSubdomain(name) && !name.includes('.'), hint: LOWER_CASE }],
  ['Role', ANY_SEGMENT],
  ['RoleBinding', ANY_SEGMENT],
]);

/**
 * What the name of a `kind` may consist of, where `name` is none that Kubernetes and KServe take; undefined where it is fine.
 * Every name that passes is a single segment of a path.
 */
export function nameProblem(kind: string, name: string): string | undefined {
  const rule = NAME_RULES.get(kind) ?? OF_SUBDOMAIN;
  return isPathSegment(name) && rule.takes(name) ? undefined : rule.hint;
}

/** Whether it can stand in a path and stays one segment of it (apimachinery IsValidPathSegmentName); nothing to print it with. */
export function isPathSegment(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && name.length <= 253 && !UNSAFE_IN_PATH.test(name);
}

/** A label's or annotation's name part, or a label's value: up to 63 characters, letters and digits at both ends. */
export function isLabelText(text: string): boolean {
  return text.length <= 63 && LABEL_NAME.test(text) && /[A-Za-z0-9]$/.test(text);
}

/** Why a label or annotation key is none (Kubernetes "qualified name"); undefined where it is fine. */
export function qualifiedNameProblem(key: string): string | undefined {
  if (key === '') return 'it is empty';
  if (key.includes(':')) return 'a colon is not allowed in a key';
  const parts = key.split('/');
  if (parts.length > 2) return 'a key has at most one "/"';
  const name = parts.at(-1) as string;
  if (name === '') return 'the part after "/" is empty';
  if (name.length > 63) return `the name part has ${name.length} characters; 63 are allowed`;
  if (!isLabelText(name)) {
    return "the name part must consist of letters, digits, '-', '_' or '.', and start and end with a letter or digit";
  }
  const prefix = parts.length === 2 ? (parts[0] as string) : undefined;
  if (prefix !== undefined && !isDnsSubdomain(prefix.toLowerCase())) return 'the part before "/" is no domain name';
  return undefined;
}
