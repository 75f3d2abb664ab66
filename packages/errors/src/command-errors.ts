import type { ErrorTable } from './error-entry.ts';

/** What a person meets at the command line. */
export const COMMAND_ERRORS = {
  Failed: {
    what: 'The command could not do what it was asked to.',
    todo: 'The message says why.',
    exitCode: 1,
  },
  UsageError: {
    what: 'The command line is not one that the command takes.',
    todo: '`berth help COMMAND` shows its options.',
    exitCode: 2,
  },
  UnknownCommand: {
    what: 'There is no command of that name.',
    todo: '`berth help` lists the commands.',
    exitCode: 2,
  },
  UnknownOption: {
    what: 'The command has no option of that name.',
    todo: '`berth help COMMAND` shows its options.',
    exitCode: 2,
  },
  InvalidOption: {
    what: 'The value of an option or of an environment variable is none that it takes.',
    todo: 'The message says what it takes.',
    exitCode: 2,
  },
  InvalidYaml: {
    what: 'A YAML document can not be read, or says something that no resource can say.',
    todo: 'Mend the line that the message points at.',
    exitCode: 3,
  },
  NothingToServe: {
    what: 'The YAML holds no InferenceService.',
    todo: 'Name the file that has one; `berth new isvc MODEL` writes one.',
    exitCode: 3,
  },
  FileNotFound: {
    what: 'There is no file or folder of that name.',
    todo: 'Check the spelling and the folder that you are in.',
    exitCode: 4,
  },
  FileUnreadable: {
    what: 'The file is there and can not be read.',
    todo: 'Check its permissions. A pipe or a device is no file: write what comes from it to one first.',
    exitCode: 1,
  },
  FileNotWritable: {
    what: 'The file can not be written: the folder is read-only, not there, or the disk is full.',
    todo: 'Choose another place with `-o`, or make room.',
    exitCode: 1,
  },
  FileExists: {
    what: 'The file to be written is there already, and nothing is overwritten unasked.',
    todo: 'Choose another name, or remove it first; some commands take `--force`.',
    exitCode: 1,
  },
  FileTooLarge: {
    what: 'The file is larger than the command reads.',
    todo: 'See docs/limits.md; split it, or name the right file.',
    exitCode: 1,
  },
  InvalidRequest: {
    what: 'The request that was to be sent is not one of v1 or v2.',
    todo: 'Compare it with the sample that `berth inspect MODEL` prints.',
    exitCode: 1,
  },
  RequestRefused: {
    what: 'The server answered, and refused the request.',
    todo: 'The message is the server’s own; the code in its header `berth-error-code` is in this table.',
    exitCode: 1,
  },
  ServerUnreachable: {
    what: 'Nothing answers at the address.',
    todo: 'Start a server (`berth serve MODEL`, `berth up`), or name another address (`--url`, BERTH_URL).',
    exitCode: 1,
  },
  NoPlatform: {
    what: 'The command needs the platform, and none runs here.',
    todo: 'Start it: `berth up`. Or name another one: `--kubeconfig`.',
    exitCode: 1,
  },
  PlatformRuns: {
    what: 'A platform runs on this state already.',
    todo: '`berth status` tells about it, `berth down` ends it; another state folder (`--state-dir`) may have one of its own.',
    exitCode: 1,
  },
  ResourceNotFound: {
    what: 'The platform has no such resource.',
    todo: 'Check kind, name and namespace: `berth get isvc -A`.',
    exitCode: 4,
  },
  ResourceConflict: {
    what: 'The resource changed since it was read, or is there already.',
    todo: 'Read it again and repeat the change; `apply` does both.',
    exitCode: 1,
  },
  ResourceInvalid: {
    what: 'The platform refused the resource: a field is wrong.',
    todo: 'Mend the field that the message names.',
    exitCode: 1,
  },
  ApiRefused: {
    what: 'The platform’s API refused the call.',
    todo: 'The message is the API’s own.',
    exitCode: 1,
  },
  NotReadyInTime: {
    what: 'It did not get ready, or did not go away, in the time that was given.',
    todo: '`berth describe` tells what it waits for; `--timeout` gives it longer.',
    exitCode: 5,
  },
  AddressInUse: {
    what: 'Another process listens on the port or socket.',
    todo: 'End the process that the message names, or choose another port (`--http-port`, `--grpc-port`, `--socket`).',
    exitCode: 1,
  },
  AddressNotAllowed: {
    what: 'The server will not listen there: the address is not this machine’s, the port is reserved, or it is open to others without keys.',
    todo: 'Give `--api-key-file`, or say `--insecure-no-auth` if everybody may ask; see docs/security.md.',
    exitCode: 1,
  },
  StartFailed: {
    what: 'The server could not start.',
    todo: 'The message says which part failed.',
    exitCode: 1,
  },
  CertificateRefused: {
    what: 'The certificate or its key can not be read, or the two do not belong together.',
    todo: 'Check `--tls-cert` and `--tls-key`: PEM files, readable by the one who starts the server.',
    exitCode: 1,
  },
  KeyFileRefused: {
    what: 'The file with the API keys can not be read or has a line that is no key.',
    todo: 'See docs/security.md for its form.',
    exitCode: 1,
  },
  ModelsDiffer: {
    what: 'The native evaluator and the library do not agree on some rows.',
    todo: 'Please report it with the first mismatch; until then serve the model with a runtime that runs the library.',
    exitCode: 1,
  },
  CodeNotAllowed: {
    what: 'What was asked would run code from the model, and nobody allowed it.',
    todo: 'Add `--allow-code` if you trust who made the file.',
    exitCode: 2,
  },
  LibraryMissing: {
    what: 'The Python that was chosen does not have the model’s library.',
    todo: 'Name another one with `--python`, or install the library with the command in the message.',
    exitCode: 4,
  },
  RowsFailed: {
    what: 'Some rows could not be scored; they are in the side file with their reasons.',
    todo: 'Mend those rows in the input, or allow some to fail with `--max-errors`.',
    exitCode: 1,
  },
  InvalidTable: {
    what: 'The CSV, JSON lines or Parquet file is not what the model needs, or not what its name says.',
    todo: 'The message names line and column; `--separator`, `--encoding` and `--no-header` settle a doubt.',
    exitCode: 1,
  },
  Interrupted: {
    what: 'The command was interrupted (Ctrl-C) before it was done; what it had written is marked as partial.',
    todo: 'Run it again; `berth score --resume` and downloads go on where they stopped. SIGTERM ends with 143 instead.',
    exitCode: 130,
  },
  InternalError: {
    what: 'Something went wrong inside Berth.',
    todo: 'Please report it with the text that was printed.',
    exitCode: 1,
  },
} as const satisfies ErrorTable;
