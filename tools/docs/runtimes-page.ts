import { BUILT_IN_RUNTIMES, missingEngine } from '@berth/api';
import { type Claims, type Proof, readClaims } from '../../conformance/results/serving.ts';
import { services } from '../../conformance/runtimes/services.ts';
import { checkedVersions, type LibraryVersions } from './checked-versions.ts';
import { RUNTIME_ROWS, type RuntimeRow } from './runtime-rows.ts';

const COLUMNS = ['Runtime', 'Exported model', 'Protocol', 'HTTP', 'gRPC', 'Versions', 'Example'];
const NONE = '–';
const CUSTOM = 'custom';

type Versions = ReadonlyMap<string, LibraryVersions>;

/** docs/runtimes.md, from what the conformance runs proved, the built-in runtimes and the golden models. */
export async function runtimesPage(): Promise<string> {
  return runtimesText(readClaims(), await checkedVersions());
}

/** The page for any claims and releases. */
export function runtimesText(claims: Claims, versions: Versions): string {
  const proofs = Object.values(claims).flat();
  const rows = RUNTIME_ROWS.map((row) => tableRow(cells(row, proofs, versions)));
  return `# Model serving runtimes

The runtimes of KServe's own page and what Berth does for each. A service that names one, or whose format selects one, is served by
Berth itself where the row has ticks: no image is pulled and no Python runs, but for a custom server that is Python itself.
\`berth check -f FOLDER\` says which runtime each of your own services gets and whether it runs here.

A tick stands only where a conformance run proved it: a YAML named the runtime, and the peer's own client (KServe's SDK, MLServer's
codecs and stubs, Triton's \`tritonclient\`) read the answer of the model's library.
[serving.json](../conformance/results/serving.json) names the check behind each tick; \`npm run docs\` makes this page from it.

${tableRow(COLUMNS)}
${tableRow(COLUMNS.map(() => '---'))}
${rows.join('\n')}

"Protocol" is what the runtime declares, "HTTP" and "gRPC" what was proved of it. What can be done where it says "not yet" stands
[below](#not-yet).

${notes(versions)}`;
}

function cells(row: RuntimeRow, proofs: readonly Proof[], versions: Versions): readonly string[] {
  const isProved = (protocol: Proof['protocol'], transport: Proof['transport']) =>
    row.formats.every((format) =>
      proofs.some(
        (proof) =>
          proof.runtime === row.runtime &&
          proof.format === format &&
          proof.protocol === protocol &&
          proof.transport === transport,
      ),
    );
  const ticks = (transport: Proof['transport']) =>
    (['v1', 'v2'] as const)
      .filter((protocol) => isProved(protocol, transport))
      .map((protocol) => `✓ ${protocol}`)
      .join(', ');
  const [http, grpc] = [ticks('HTTP'), ticks('gRPC')];
  const name = row.runtime === CUSTOM ? row.name : `${row.name} (\`${row.runtime}\`)`;
  const isServed = http !== '' || grpc !== '';
  return [
    name,
    row.exported,
    protocolsOf(row.runtime),
    http || (isServed ? NONE : 'not yet'),
    grpc || (isServed ? NONE : 'not yet'),
    isServed ? (row.runtime === CUSTOM ? 'your own' : versionsOf(row, versions)) : NONE,
    isServed ? examplesOf(row) : NONE,
  ];
}

/** v1 and v2, as KServe's page has them: over which transport they go stands in the next columns. */
function protocolsOf(name: string): string {
  if (name === CUSTOM) return 'v1, v2';
  const declared = BUILT_IN_RUNTIMES.find(({ metadata }) => metadata.name === name)?.spec.protocolVersions ?? [];
  return [...new Set(declared.map((protocol) => protocol.replace('grpc-', '')))].sort().join(', ') || NONE;
}

function versionsOf(row: RuntimeRow, known: Versions): string {
  const texts = row.formats.flatMap((format) => {
    const found = known.get(format);
    if (found === undefined) return [];
    const [first, last] = [found.versions[0], found.versions.at(-1)];
    return [`${found.library} ${first === last ? first : `${first} to ${last}`}`];
  });
  return [...new Set(texts)].join(', ') || NONE;
}

function examplesOf(row: RuntimeRow): string {
  if (row.runtime === CUSTOM) return '[custom_model.py](../conformance/runtimes/custom_model.py)';
  const served = services().filter(({ runtime, format }) => runtime === row.runtime && row.formats.includes(format));
  const names = [...new Set(served.map(({ example }) => example))];
  return names.map((name) => `[${name}](../examples/${name}/)`).join(', ') || NONE;
}

function notes(known: Versions): string {
  const releases = [...known]
    .filter(([, { versions }]) => versions.length > 1)
    .map(([, { library, versions }]) => `- ${library}: ${versions.join(', ')}`);
  const pmml = BUILT_IN_RUNTIMES.find(({ metadata }) => metadata.name === 'kserve-pmmlserver');
  const model = { modelFormat: { name: 'pmml' } };
  return `## Versions

A version is that of the library that saved the model; no library is installed to serve it. The tests compare models of these
releases with the answers of the library:

${releases.join('\n')}

Files of releases between them are read by the same code. [Estimators](estimators.md) lists every class, objective and operator with
the releases it is checked with, or why it is refused. ONNX graphs are evaluated by ONNX Runtime, [an optional package](install.md#onnx-and-clouds).
\`runtimeVersion\` is the tag of an image and has no effect on what Berth serves itself.

## Habits of each runtime

A model answers as behind the runtime it names: MLServer's XGBoost answers a classifier's labels where KServe's answers
probabilities, MLServer's outputs are called \`predict\` and \`predict_proba\`, Triton's keep the names of the graph, and the models of
a Triton repository their own names. [Models](models.md#whose-arithmetic) tells more.

**Custom ModelServer.** A predictor with a \`command\` of its own is a program that [the platform](platform.md) starts, watches, scales
and routes to, by HTTP and by gRPC (a port named \`h2c\`); one with an image needs podman, docker or nerdctl. The ticks are those of a
server written with KServe's SDK, with its Python on the machine; what a server speaks and reads is its own affair.

## Not yet

A service whose format has no engine is planned, stays \`Ready=False\` with the reason \`EngineMissing\`, and says what would run it, as in

    ${pmml === undefined ? '' : missingEngine('pmml', pmml, model)}

\`berth check\` says \`cannot-run\` for it. What to do:

- **Export to ONNX**, where the framework can (TensorFlow, PyTorch, PaddlePaddle), and serve it as
  [examples/onnx-iris](../examples/onnx-iris/) does.
- **Serve the model inside**: the folder of an MLflow model often holds a plain \`model.pkl\`, XGBoost or LightGBM file.
  \`berth inspect\` says whether it is read; if so, point \`storageUri\` at it and name its own format.
- **Bring the runtime with its image**: put the ClusterServingRuntime that your cluster exports beside the service in the YAML and apply
  both to [the platform](platform.md). With podman, docker or nerdctl on the machine \`berth up\` runs its image; a runtime that has a
  \`command\` is run as that program. \`berth check\` then says \`needs-image\` or \`needs-program\`. That images and commands are run is
  tested; these servers' own images were not.
`;
}

function tableRow(texts: readonly string[]): string {
  return `| ${texts.join(' | ')} |`;
}
