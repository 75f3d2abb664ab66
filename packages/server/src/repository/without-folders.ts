/**
 * A text for people without the folders of this machine: `/var/lib/models/iris/model.joblib` becomes `model.joblib`. What
 * went wrong with a file is told to clients; where the server keeps its files is not.
 */
export function withoutFolders(text: string): string {
  return text.replace(/(^|[\s"'`(=:])((?:[A-Za-z]:)?[/\\][^\s"'`(),;:]*[/\\])/g, '$1');
}
