import { BUILT_IN_RUNTIMES, missingEngine } from '@berth/api';
import { type Claims, type Proof, readClaims } from '../../conformance/results/serving.ts';
import { services } from '../../conformance/runtimes/services.ts';
import { goldenVersions } from './golden-versions.ts';
import { RUNTIME_ROWS, type RuntimeRow } from './runtime-rows.ts';

const COLUMNS = ['Runtime', 'Exported model', 'Protocol', 'HTTP', 'gRPC', 'Versions', 'Example'];
const NONE = '–';

/** docs/runtimes.md, from what the conformance runs proved, the built-in runtimes and the golden cases. */
export function runtimesPage(claims: Claims = readClaims()): string {
  const proofs = Object.values(claims).flat();
  const rows = RUNTIME_ROWS.map((row) => tableRow(cells(row, proofs)));
  return `# Model serving runtimes

The runtimes that KServe installs, with the names of its own page. A service that names one of them, or whose format selects it,
is served by Berth itself where the row has ticks: no image is pulled and no Python runs. \`berth check -f FOLDER\` says for your own
YAMLs which runtime each service gets and whether it runs here.

A tick stands where a conformance run proved it: the model was served from a YAML that names the runtime, and the peer's own client
(KServe's SDK, MLServer's codecs and stubs, Triton's \`tritonclient\`) read the answer of the model's library.
[serving.json](../conformance/results/serving.json) names the check behind each tick. This page is made from it by \`npm run docs\`.

${tableRow(COLUMNS)}
${tableRow(COLUMNS.map(() => '---'))}
${rows.join('\n')}

"Protocol" is what the runtime declares, "HTTP" and "gRPC" what was proved of it. "not yet" is explained [below](#not-yet).

${notes()}`;
}

function cells(row: RuntimeRow, proofs: readonly Proof[]): readonly string[] {
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
  const name = row.runtime === 'custom' ? row.name : `${row.name} (\`${row.runtime}\`)`;
  const isServed = http !== '' || grpc !== '';
  return [
    name,
    row.exported,
    protocolsOf(row.runtime),
    http || (isServed ? NONE : 'not yet'),
    grpc || (isServed ? NONE : 'not yet'),
    isServed ? versionsOf(row) : NONE,
    isServed ? examplesOf(row) : NONE,
  ];
}

/** v1 and v2, as KServe's page has them: over which transport they go stands in the next columns. */
function protocolsOf(name: string): string {
  if (name === 'custom') return 'v1, v2';
  const declared = BUILT_IN_RUNTIMES.find(({ metadata }) => metadata.name === name)?.spec.protocolVersions ?? [];
  return [...new Set(declared.map((protocol) => protocol.replace('grpc-', '')))].sort().join(', ') || NONE;
}

function versionsOf(row: RuntimeRow): string {
  const known = goldenVersions();
  const texts = row.formats.flatMap((format) => {
    const found = known.get(format);
    if (found === undefined) return [];
    const [first, last] = [found.versions[0], found.versions.at(-1)];
    return [`${found.library} ${first === last ? first : `${first} to ${last}`}`];
  });
  return [...new Set(texts)].join(', ') || NONE;
}

function examplesOf(row: RuntimeRow): string {
  const served = services().filter(({ runtime, format }) => runtime === row.runtime && row.formats.includes(format));
  const names = [...new Set(served.map(({ example }) => example))];
  return names.map((name) => `[${name}](../examples/${name}/)`).join(', ') || NONE;
}

function notes(): string {
  const releases = [...goldenVersions()]
    .filter(([, { versions }]) => versions.length > 1)
    .map(([, { library, versions }]) => `- ${library}: ${versions.join(', ')}`);
  const pmml = BUILT_IN_RUNTIMES.find(({ metadata }) => metadata.name === 'kserve-pmmlserver');
  const model = { modelFormat: { name: 'pmml' } };
  return `## Versions

A version is that of the library that saved the model; no library is installed to serve it. The golden cases of the tests hold
models and answers of these releases:

${releases.join('\n')}

Files of releases between them are read as well; which classes and objectives are evaluated, and which refused by name, stands in
[Models](models.md). ONNX graphs are evaluated by ONNX Runtime, [an optional package](install.md#onnx-and-clouds).
\`runtimeVersion\` is the tag of an image and has no effect on what Berth serves itself.

## Habits of each runtime

A model answers as behind the runtime it names: MLServer's XGBoost answers a classifier's labels where KServe's answers
probabilities, MLServer's outputs are called \`predict\` and \`predict_proba\`, Triton's keep the names of the graph, and the models of
a Triton repository their own names. Beside what a runtime declares Berth speaks the other protocols too; only the declared ones
are tested here.

## Not yet

A service whose format has no engine is planned, stays \`Ready=False\` with the reason \`EngineMissing\`, and says what would run it, as in

    ${pmml === undefined ? '' : missingEngine('pmml', pmml, model)}

\`berth check\` says \`cannot-run\` for it. What to do:

- **Export to ONNX** and serve it with \`modelFormat: {name: onnx}\`, where the framework can: TensorFlow, PyTorch, PaddlePaddle.
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
