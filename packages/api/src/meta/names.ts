/** KServe's rule for an InferenceService's name. */
export const ISVC_NAME_PATTERN = '[a-z]([-a-z0-9]*[a-z0-9])?';

const ISVC_NAME = /^[a-z][-a-z0-9]*$/;
const DNS_LABEL = /^[a-z0-9][-a-z0-9]*$/;
const DNS_SUBDOMAIN_CHARACTERS = /^[a-z0-9.-]+$/;
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
