/** The recorded list of kubectl commands, in the order in which a person would come to them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Results } from './checks.ts';
import type { Kubectl } from './kubectl.ts';
import { ACCOUNT, CONFIG_MAP, GRAPH, iris, RUNTIME, TRAINED_MODEL } from './manifests.ts';

/** What the commands are run with. */
export interface Bench {
  readonly kubectl: Kubectl;
  readonly results: Results;
  /** A folder with a model that the platform can serve. */
  readonly model: string;
  /** For files. */
  readonly work: string;
}

/** Runs all of them against an empty platform, and leaves it empty. */
export async function runCommands(bench: Bench): Promise<void> {
  about(bench);
  await applyAndGet(bench);
  await ready(bench);
  change(bench);
  await canary(bench);
  serverSide(bench);
  core(bench);
  otherKinds(bench);
  refused(bench);
  await end(bench);
}

function about({ kubectl, results }: Bench): void {
  results.check('version', kubectl.run('version'), { out: [/Server Version: v1\.\d+\.\d+\+berth/] });
  results.check('cluster-info', kubectl.run('cluster-info'), { out: [/control plane.* is running at/] });
  const versions = { out: ['serving.kserve.io/v1beta1', 'serving.kserve.io/v1alpha1', /^v1$/m] };
  results.check('api-versions', kubectl.run('api-versions'), versions);
  results.check('api-resources', kubectl.run('api-resources'), {
    out: [
      /^inferenceservices +isvc +serving\.kserve\.io\/v1beta1 +true +InferenceService$/m,
      /^pods +po +v1 +true +Pod$/m,
    ],
  });
  const wide = kubectl.run('api-resources -o wide --api-group=serving.kserve.io --namespaced=true --verbs=create');
  results.check('api-resources -o wide', wide, {
    out: [/create,delete,deletecollection,get,list,patch,update,watch/],
    never: [/^pods/m],
  });
  results.check('api-resources --categories', kubectl.run('api-resources --categories=all -o name'), {
    out: ['inferenceservices.serving.kserve.io', 'pods'],
  });
  results.check('explain isvc', kubectl.run('explain isvc'), {
    out: ['KIND:       InferenceService', /spec\s+<InferenceServiceSpec>/],
  });
  results.check('explain --recursive', kubectl.run('explain isvc --recursive'), {
    out: [/storageUri\s+<string>/, /minReplicas\s+<integer>/],
  });
  results.check('explain a field', kubectl.run('explain isvc.spec.predictor.model.storageUri'), {
    out: [/Where the model is/],
  });
  results.check('explain status', kubectl.run('explain isvc.status.components'), { out: [/FIELD: components/] });
  results.check('explain a pod', kubectl.run('explain pod.spec.containers.env.valueFrom'), { out: [/secretKeyRef/] });
  results.check('explain what is not there', kubectl.run('explain isvc.spec.nothing'), {
    fails: true,
    err: [/does not exist/],
  });
  results.check('auth can-i', kubectl.run('auth can-i create inferenceservices'), { out: [/^yes/] });
  results.check('auth can-i --list', kubectl.run('auth can-i --list'), { out: [/\*\.\*/] });
  results.check('auth whoami', kubectl.run('auth whoami'), { out: [/Username/] });
  results.check('get --raw', kubectl.run('get --raw /readyz'), { out: ['ok'] });
}

async function applyAndGet({ kubectl, results, model, work }: Bench): Promise<void> {
  const file = join(work, 'iris.yaml');
  writeFileSync(file, iris(model));
  results.check('diff of a new one', kubectl.run(`diff -f ${file}`), { fails: true, out: [/^\+ +storageUri:/m] });
  results.check('apply --dry-run=server', kubectl.run(`apply -f ${file} --dry-run=server`), {
    out: [/created \(server dry run\)/],
  });
  results.check('a dry run stored nothing', kubectl.run('get isvc iris'), { fails: true, err: [/NotFound/] });
  results.check('apply --dry-run=client', kubectl.run(`apply -f ${file} --dry-run=client`), {
    out: [/created \(dry run\)/],
  });
  results.check('apply', kubectl.run(`apply -f ${file}`), {
    out: ['inferenceservice.serving.kserve.io/iris created'],
    never: [/[Ww]arning/],
  });
  results.check('apply again', kubectl.run(`apply -f ${file}`), { out: ['iris unchanged'] });
  results.check('diff without difference', kubectl.run(`diff -f ${file}`), { never: [/./] });
  results.check('replace --force', kubectl.run(`replace --force -f ${file}`), { out: ['iris replaced'] });
  results.check('apply from stdin', kubectl.run('apply -f -', { input: iris(model, 'iris', { label: 'two' }) }), {
    out: ['iris configured'],
  });
  results.check('the changed label', kubectl.run('get isvc iris -o jsonpath={.metadata.labels.team}'), {
    out: [/^two$/],
  });
  const watched = await kubectl.until('get isvc -w --output-watch-events', /MODIFIED +iris/, () =>
    kubectl.run('annotate isvc iris watched=yes'),
  );
  results.check('get -w', watched, { out: [/^EVENT +NAME +URL +READY/m, /ADDED +iris/, /MODIFIED +iris/] });
  const added = await kubectl.until('get configmap -w --output-watch-events', /ADDED +late/, () => {
    kubectl.run('get isvc');
    kubectl.run(['create', 'configmap', 'late', '--from-literal=a=b']);
  });
  results.check('ages in a watch', added, { out: [/ADDED +late +1 +\ds/], never: [/invalid/] });
  results.check('delete of it', kubectl.run('delete configmap late'), {});
  const only = await kubectl.until('get isvc iris --watch-only -o name', /iris/, () =>
    kubectl.run('label isvc iris watched=yes'),
  );
  results.check('get --watch-only', only, {});
}

async function ready({ kubectl, results }: Bench): Promise<void> {
  const waited = kubectl.run('wait --for=condition=Ready isvc/iris --timeout=60s');
  results.check('wait --for=condition', waited, { out: ['iris condition met'] });
  const state = 'wait --for=jsonpath={.status.modelStatus.transitionStatus}=UpToDate isvc/iris --timeout=20s';
  results.check('wait --for=jsonpath', kubectl.run(state), { out: ['condition met'] });
  results.check('wait that times out', kubectl.run('wait --for=condition=Nothing isvc/iris --timeout=1s'), {
    fails: true,
    err: [/timed out/],
  });
  results.check('get', kubectl.run('get isvc'), {
    out: [
      /^NAME +URL +READY +PREV +LATEST +PREVROLLEDOUTREVISION +LATESTREADYREVISION +AGE$/m,
      /^iris +http:\S+ +True/m,
    ],
  });
  results.check('get -o wide', kubectl.run('get isvc -o wide'), { out: [/^iris /m] });
  results.check('get -o name', kubectl.run('get isvc -o name'), {
    out: [/^inferenceservice\.serving\.kserve\.io\/iris$/m],
  });
  results.check('get -o yaml', kubectl.run('get isvc iris -o yaml'), {
    out: [/^kind: InferenceService$/m, /storageUri: file/],
    never: [/managedFields/],
  });
  results.check('get -o json', kubectl.run('get isvc -o json'), { out: ['"kind": "List"'] });
  results.check('get -o jsonpath', kubectl.run('get isvc -o jsonpath={.items[*].metadata.name}'), { out: [/^iris$/] });
  const columns = 'get isvc -o custom-columns=NAME:.metadata.name,READY:.status.conditions[?(@.type=="Ready")].status';
  results.check('get -o custom-columns', kubectl.run(columns), { out: [/^iris +True$/m] });
  results.check(
    'get -o go-template',
    kubectl.run(['get', 'isvc', '-o', 'go-template={{range .items}}{{.metadata.name}};{{end}}']),
    { out: [/^iris;$/] },
  );
  results.check('get --no-headers', kubectl.run('get isvc --no-headers'), { never: [/NAME/] });
  results.check('get --sort-by', kubectl.run('get isvc --sort-by=.metadata.creationTimestamp'), { out: [/^iris /m] });
  results.check('get -l', kubectl.run('get isvc -l team=two'), { out: [/^iris /m] });
  results.check('get -l in', kubectl.run(['get', 'isvc', '-l', 'team in (two,three),!other']), { out: [/^iris /m] });
  results.check('get -l that matches none', kubectl.run('get isvc -l team=none'), { err: ['No resources found'] });
  results.check('get -L --show-labels', kubectl.run('get isvc -L team --show-labels'), {
    out: [/TEAM +LABELS/, /two +.*team=two/],
  });
  results.check('get --field-selector', kubectl.run('get isvc --field-selector metadata.name=iris'), {
    out: [/^iris /m],
  });
  results.check('get --chunk-size', kubectl.run('get isvc,cm,secret -A --chunk-size=1'), { out: [/iris/] });
  results.check('get by type/name', kubectl.run('get isvc/iris inferenceservices.v1beta1.serving.kserve.io/iris'), {
    out: [/iris/],
  });
  results.check('get --show-managed-fields', kubectl.run('get isvc iris -o yaml --show-managed-fields'), {
    out: [/managedFields/],
  });
  results.check('get all', kubectl.run('get all'), { out: [/pod\/\S+/, /inferenceservice.serving.kserve.io\/iris/] });
  results.check('get isvc,pods -A', kubectl.run('get isvc,pods -A'), {
    out: [/^default +pod\//m, /^default +inferenceservice/m],
  });
  results.check('describe isvc', kubectl.run('describe isvc iris'), {
    out: [/^Name: +iris$/m, /Conditions:/, /Events:\n +Type +Reason/],
  });
  await pods({ kubectl, results });
}

async function pods({ kubectl, results }: Pick<Bench, 'kubectl' | 'results'>): Promise<void> {
  const selector = 'serving.kserve.io/inferenceservice=iris';
  results.check('get pods', kubectl.run(`get pods -l ${selector}`), {
    out: [/^NAME +READY +STATUS +RESTARTS +AGE$/m, / 1\/1 +Running +0 /],
  });
  results.check('get pods -o wide', kubectl.run('get pods -o wide'), { out: [/IP +NODE/] });
  results.check('get pods by phase', kubectl.run('get pods --field-selector status.phase=Running -o name'), {
    out: [/pod\//],
  });
  const pod = kubectl.run('get pods -o jsonpath={.items[0].metadata.name}').out;
  results.check('describe pod', kubectl.run(`describe pod ${pod}`), {
    out: [/^Status: +Running$/m, /Containers:\n +kserve-container:/],
  });
  results.check('logs', kubectl.run(`logs ${pod}`), { out: [/\S/] });
  results.check('logs --tail', kubectl.run(`logs ${pod} --tail=1`), { out: [/^[^\n]+\n$/] });
  results.check('logs --timestamps', kubectl.run(`logs ${pod} --tail=1 --timestamps`), { out: [/^\d{4}-\d\d-\d\dT/] });
  results.check('logs --since', kubectl.run(`logs ${pod} --since=1h`), { out: [/\S/] });
  results.check('logs --since-time', kubectl.run(`logs ${pod} --since-time=2000-01-01T00:00:00Z`), { out: [/\S/] });
  results.check('logs --limit-bytes', kubectl.run(`logs ${pod} --limit-bytes=5`), { out: [/^.{1,5}$/s] });
  results.check('logs -c', kubectl.run(`logs ${pod} -c kserve-container`), { out: [/\S/] });
  results.check('logs -c of another', kubectl.run(`logs ${pod} -c nothing`), {
    fails: true,
    err: [/container nothing is not valid/],
  });
  results.check('logs -l', kubectl.run(`logs -l ${selector} --prefix`), { out: [/^\[pod\//m] });
  results.check('logs -p where there is none', kubectl.run(`logs ${pod} -p`), {
    fails: true,
    err: [/no output of a run before/],
  });
  results.check('logs -f', await kubectl.until(`logs -f ${pod}`, /\S/), {});
  results.check('events', kubectl.run('events'), {
    out: [/^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE$/m, /InferenceService\/iris/],
  });
  results.check('events --for', kubectl.run('events --for inferenceservice/iris --types=Normal'), {
    out: [/InferenceService\/iris/],
  });
  results.check('get events', kubectl.run('get events'), {
    out: [/^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE$/m, /inferenceservice\/iris/],
  });
  results.check('get events -w', await kubectl.until('get events -w', /iris/), {});
  results.check('get revisions', kubectl.run('get revisions'), { out: [/iris/] });
}

function change({ kubectl, results, work }: Bench): void {
  const replicas = 'get isvc iris -o jsonpath={.spec.predictor.maxReplicas}';
  const expect = (name: string, value: number) =>
    results.check(`${name} took effect`, kubectl.run(replicas), { out: [new RegExp(`^${value}$`)] });
  const merge = ['patch', 'isvc', 'iris', '--type', 'merge', '-p', '{"spec":{"predictor":{"maxReplicas":2}}}'];
  results.check('patch --type merge', kubectl.run(merge), { out: ['iris patched'] });
  expect('patch --type merge', 2);
  results.check('patch that changes nothing', kubectl.run(merge), { out: ['patched (no change)'] });
  const json = [
    'patch',
    'isvc',
    'iris',
    '--type',
    'json',
    '-p',
    '[{"op":"replace","path":"/spec/predictor/maxReplicas","value":3}]',
  ];
  results.check('patch --type json', kubectl.run(json), { out: ['iris patched'] });
  expect('patch --type json', 3);
  const bad = [
    'patch',
    'isvc',
    'iris',
    '--type',
    'json',
    '-p',
    '[{"op":"test","path":"/metadata/name","value":"other"}]',
  ];
  results.check('patch --type json that fails its test', kubectl.run(bad), { fails: true, err: [/\S/] });
  const status = ['patch', 'isvc', 'iris', '--type', 'merge', '-p', '{"spec":{"predictor":{"maxReplicas":"many"}}}'];
  results.check('patch to what is invalid', kubectl.run(status), { fails: true, err: [/maxReplicas/] });
  const editor = join(work, 'editor.sh');
  writeFileSync(editor, '#!/bin/sh\nsed -i "s/maxReplicas: 3/maxReplicas: 4/" "$1"\n', { mode: 0o755 });
  results.check('edit', kubectl.run('edit isvc iris', { env: { EDITOR: editor } }), { out: ['iris edited'] });
  expect('edit', 4);
  results.check('edit without a change', kubectl.run('edit isvc iris', { env: { EDITOR: 'true' } }), {
    err: [/no changes made/],
  });
  results.check('label', kubectl.run('label isvc iris tier=gold'), { out: ['iris labeled'] });
  results.check('label that is there', kubectl.run('label isvc iris tier=iron'), { fails: true, err: [/--overwrite/] });
  results.check('label --overwrite', kubectl.run('label isvc iris tier=iron --overwrite'), { out: ['iris labeled'] });
  results.check('label -', kubectl.run('label isvc iris tier-'), { out: ['iris unlabeled'] });
  results.check('annotate', kubectl.run(['annotate', 'isvc', 'iris', 'note=some words']), { out: ['iris annotated'] });
  let shown = '';
  let replaced: ReturnType<typeof kubectl.run> | undefined;
  // The controller may write the status in between, and then it is a conflict, as in any cluster: read again.
  for (let tries = 0; tries < 5 && (replaced === undefined || /has been modified/.test(replaced.err)); tries++) {
    shown = kubectl.run('get isvc iris -o json').out;
    replaced = kubectl.run('replace -f -', { input: shown.replace('"maxReplicas": 4', '"maxReplicas": 5') });
  }
  if (replaced !== undefined) results.check('replace', replaced, { out: ['iris replaced'] });
  expect('replace', 5);
  results.check('replace of what was changed since', kubectl.run('replace -f -', { input: shown }), {
    fails: true,
    err: [/Conflict|has been modified/],
  });
  results.check('get isvc iris --subresource=status', kubectl.run('get isvc iris --subresource=status'), {
    out: [/iris/],
  });
  results.check('apply view-last-applied', kubectl.run('apply view-last-applied isvc iris'), {
    out: [/kind: InferenceService/],
  });
}

/** A second revision with a share of traffic, and the end of a replica's process. */
async function canary({ kubectl, results }: Bench): Promise<void> {
  const env = [{ name: 'SOME', value: 'change' }];
  const patch = JSON.stringify({ spec: { predictor: { canaryTrafficPercent: 20, model: { env } } } });
  const settled = 'wait --for=condition=Ready isvc/iris --timeout=60s';
  results.check('patch to a canary', kubectl.run(['patch', 'isvc', 'iris', '--type', 'merge', '-p', patch]), {});
  kubectl.run('wait --for=jsonpath={.status.components.predictor.traffic[0].percent}=20 isvc/iris --timeout=60s');
  results.check('wait for the canary', kubectl.run(settled), { out: ['condition met'] });
  const columns = / True +80 +20 +iris-predictor-\d+ +iris-predictor-\d+ /;
  results.check('get shows the shares', kubectl.run('get isvc iris'), { out: [columns] });
  results.check('revisions', kubectl.run('get revisions -l serving.kserve.io/inferenceservice=iris'), {
    out: [/-predictor-\d+ +iris /],
  });
  const promote = '{"spec":{"predictor":{"canaryTrafficPercent":null}}}';
  results.check('promote', kubectl.run(['patch', 'isvc', 'iris', '--type', 'merge', '-p', promote]), {});
  results.check(
    'wait for all of the traffic',
    kubectl.run('wait --for=jsonpath={.status.components.predictor.traffic[0].percent}=100 isvc/iris --timeout=60s'),
    {},
  );
  const newest = kubectl.run('get isvc iris -o jsonpath={.status.components.predictor.latestReadyRevision}').out;
  const fields = 'jsonpath={.items[0].metadata.name} {.items[0].status.pid}';
  const shown = kubectl.run(['get', 'pods', '-l', `serving.knative.dev/revision=${newest}`, '-o', fields]);
  const [pod, pid] = shown.out.split(' ');
  if (!pid) return results.skip('logs -p', 'the pod has no pid');
  process.kill(Number(pid), 'SIGKILL');
  const restarted = `wait --for=jsonpath={.status.containerStatuses[0].restartCount}=1 pod/${pod} --timeout=30s`;
  results.check('wait for a restart', kubectl.run(restarted), {});
  results.check('wait for the pod', kubectl.run(`wait --for=condition=Ready pod/${pod} --timeout=30s`), {});
  results.check('logs -p', kubectl.run(`logs ${pod} -p`), { out: [/\S/] });
  results.check('wait for the service', kubectl.run(settled), {});
}

function serverSide({ kubectl, results, model }: Bench): void {
  const mine = iris(model, 'applied', { predictor: '    maxReplicas: 2\n' });
  results.check('apply --server-side', kubectl.run('apply --server-side -f -', { input: mine }), {
    out: ['applied serverside-applied'],
  });
  results.check('apply --server-side again', kubectl.run('apply --server-side -f -', { input: mine }), {
    out: ['applied serverside-applied'],
  });
  const other = 'apply --server-side --field-manager=other -f -';
  const theirs = mine.replace('maxReplicas: 2', 'maxReplicas: 3');
  results.check('apply --server-side against another', kubectl.run(other, { input: theirs }), {
    fails: true,
    err: [/conflict/, /maxReplicas/],
  });
  results.check('apply --server-side --force-conflicts', kubectl.run(`${other} --force-conflicts`, { input: theirs }), {
    out: ['serverside-applied'],
  });
  const got = kubectl.run('get isvc applied -o jsonpath={.spec.predictor.maxReplicas}');
  results.check('the forced value', got, { out: [/^3$/] });
  results.check('diff --server-side', kubectl.run('diff --server-side --force-conflicts -f -', { input: mine }), {
    fails: true,
    out: [/^\+ +maxReplicas: 2/m],
  });
  const listed = (name: string) =>
    JSON.stringify({
      apiVersion: 'serving.kserve.io/v1beta1',
      kind: 'InferenceService',
      metadata: { name: 'applied' },
      spec: { predictor: { model: { env: [{ name, value: 'set' }] } } },
    });
  for (const [manager, name] of [
    ['one', 'ONE'],
    ['two', 'TWO'],
  ] as const) {
    const command = `apply --server-side --field-manager=${manager} -f -`;
    results.check(`apply of an item by ${manager}`, kubectl.run(command, { input: listed(name) }), {
      out: ['serverside-applied'],
    });
  }
  const names = 'get isvc applied -o jsonpath={.spec.predictor.model.env[*].name}';
  results.check('items of two managers stand side by side', kubectl.run(names), { out: [/^ONE TWO$/] });
  results.check(
    'apply of another item in place of the first',
    kubectl.run('apply --server-side --field-manager=one -f -', { input: listed('THREE') }),
    { out: ['serverside-applied'] },
  );
  results.check('the first is gone, the other stays', kubectl.run(names), {
    out: [/TWO/, /THREE/],
    never: [/ONE/],
  });
  results.check(
    'delete by label',
    kubectl.run('delete isvc -l team=one --cascade=foreground --wait=true --timeout=30s'),
    { out: ['"applied" deleted'] },
  );
}

function core({ kubectl, results }: Bench): void {
  results.check('create -f', kubectl.run('create -f -', { input: CONFIG_MAP }), {
    out: ['configmap/settings created'],
  });
  results.check('diff of what was never applied', kubectl.run('diff -f -', { input: CONFIG_MAP }), { never: [/./] });
  results.check('create of what is there', kubectl.run('create -f -', { input: CONFIG_MAP }), {
    fails: true,
    err: [/AlreadyExists/],
  });
  results.check('apply over create', kubectl.run('apply -f -', { input: CONFIG_MAP.replace('"2"', '"3"') }), {
    out: ['settings configured'],
    err: [/last-applied/],
  });
  const less = CONFIG_MAP.replace('  first: "1"\n', '');
  results.check('apply that takes a key away', kubectl.run('apply -f -', { input: less }), {
    out: ['settings configured'],
  });
  results.check('the key is gone', kubectl.run('get cm settings -o jsonpath={.data}'), { out: [/^\{"second":"2"\}$/] });
  results.check('create configmap', kubectl.run('create configmap made --from-literal=a=b'), {
    out: ['configmap/made created'],
  });
  results.check('create secret', kubectl.run('create secret generic made --from-literal=a=planted-value'), {
    out: ['secret/made created'],
  });
  results.check('create namespace', kubectl.run('create namespace other'), { out: ['namespace/other created'] });
  results.check('create serviceaccount', kubectl.run('create serviceaccount made -n other'), {
    out: ['serviceaccount/made created'],
  });
  results.check('apply of several', kubectl.run('apply -f -', { input: ACCOUNT }), {
    out: ['serviceaccount/reader created', 'secret/first created'],
  });
  const patch = ['patch', 'serviceaccount', 'reader', '-p', '{"secrets":[{"name":"second"}]}'];
  results.check('patch --type strategic', kubectl.run(patch), { out: ['reader patched'] });
  const names = kubectl.run('get sa reader -o jsonpath={.secrets[*].name}');
  results.check(
    'a strategic patch merges lists by name',
    { ...names, out: names.out.split(' ').sort().join(' ') },
    { out: [/^first second$/] },
  );
  results.check('get secrets', kubectl.run('get secrets'), { out: [/^first +Opaque +2 /m], never: [/planted-value/] });
  results.check('describe secret', kubectl.run('describe secret first'), {
    out: [/AWS_SECRET_ACCESS_KEY: +13 bytes/],
    never: [/planted-value/],
  });
  results.check('get secret -o yaml', kubectl.run('get secret first -o jsonpath={.data.AWS_ACCESS_KEY_ID}'), {
    out: [/^c29tZW9uZQ==$/],
  });
  results.check('get namespaces', kubectl.run('get ns'), { out: [/^default +Active /m, /^other +Active /m] });
  results.check('delete namespace', kubectl.run('delete namespace other'), { out: ['"other" deleted'] });
  results.check('what was in it is gone', kubectl.run('get sa -n other'), { err: [/No resources found/] });
  results.check('create in a namespace that is not there', kubectl.run('create configmap made -n nowhere'), {
    fails: true,
    err: [/namespaces "nowhere" not found/],
  });
  results.check(
    'create --dry-run -o yaml',
    kubectl.run('create configmap plan --from-literal=a=b --dry-run=server -o yaml'),
    { out: [/^kind: ConfigMap$/m] },
  );
  results.check('delete several', kubectl.run('delete cm/settings cm/made secret/made secret/first sa/reader'), {
    out: [/configmap "settings" deleted/, /serviceaccount "reader" deleted/],
  });
  results.check('delete --ignore-not-found', kubectl.run('delete cm settings --ignore-not-found'));
  results.check('delete of what is not there', kubectl.run('delete cm settings'), { fails: true, err: [/NotFound/] });
}

function otherKinds({ kubectl, results }: Bench): void {
  results.check('apply of a runtime', kubectl.run('apply -f -', { input: RUNTIME }), {
    out: ['servingruntime.serving.kserve.io/own created'],
  });
  results.check('get servingruntimes', kubectl.run('get servingruntimes'), {
    out: [/^NAME +DISABLED +MODELTYPE +CONTAINERS +AGE$/m, /^own +own-format +kserve-container/m],
  });
  results.check('apply of a trained model', kubectl.run('apply -f -', { input: TRAINED_MODEL }), {
    out: ['one-of-many created'],
  });
  results.check('get trainedmodels', kubectl.run('get tm'), { out: [/^NAME +URL +READY +AGE$/m, /^one-of-many /m] });
  results.check('apply of a graph', kubectl.run('apply -f -', { input: GRAPH }), { out: ['chain created'] });
  results.check('get inferencegraphs', kubectl.run('get ig'), { out: [/^chain /m] });
  results.check('get clusterservingruntimes', kubectl.run('get clusterservingruntimes'));
  results.check('delete other kinds', kubectl.run('delete servingruntime/own tm/one-of-many ig/chain'), {
    out: [/"own" deleted/],
  });
}

function refused({ kubectl, results, model }: Bench): void {
  const typo = iris(model, 'typo').replace('storageUri', 'storageUrl');
  results.check('apply with a typo', kubectl.run('apply -f -', { input: typo }), { fails: true, err: [/storageUrl/] });
  const ignored = kubectl.run('apply --validate=ignore -f -', {
    input: iris(model, 'typo').replace('team: one', 'team: one\n  extra: 1'),
  });
  results.check('apply --validate=ignore', ignored, { out: ['typo created'] });
  const warned = kubectl.run('apply --validate=warn -f -', {
    input: iris(model, 'typo').replace('    team: one', '    team: two\n  extra: 1'),
  });
  results.check('apply --validate=warn', warned, { out: ['typo configured'], err: [/Warning: .*extra/] });
  const nothing =
    'apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata:\n  name: nothing\nspec:\n  predictor: {}\n';
  results.check('apply of a predictor of nothing', kubectl.run('apply -f -', { input: nothing }), {
    fails: true,
    err: [/predictor/],
  });
  const foreign = `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec: {}\n---\n${iris(model, 'beside')}`;
  const both = kubectl.run('apply -f -', { input: foreign });
  results.check('apply beside a kind that is not served', both, {
    fails: true,
    out: ['beside created'],
    err: [/Deployment/],
  });
  results.check('get of a kind that is not served', kubectl.run('get deployments'), {
    fails: true,
    err: [/doesn't have a resource type/],
  });
  results.check('a name that is none', kubectl.run('apply -f -', { input: iris(model, 'Not_A_Name') }), {
    fails: true,
    err: [/Not_A_Name/],
  });
  results.check('run, which makes a pod', kubectl.run('run web --image=web'), {
    fails: true,
    err: [/written by Berth/],
  });
  results.check(
    'delete by file',
    kubectl.run('delete -f -', { input: `${iris(model, 'typo')}---\n${iris(model, 'beside')}` }),
    { out: ['"typo" deleted', '"beside" deleted'] },
  );
}

async function end({ kubectl, results }: Bench): Promise<void> {
  const deleted = await kubectl.until('wait --for=delete isvc/iris --timeout=30s', /condition met/, () =>
    kubectl.run('delete isvc iris --wait=false'),
  );
  results.check('wait --for=delete', deleted);
  results.check('delete --all', kubectl.run('delete isvc --all'), { out: [/No resources found/] });
  results.check('wait for the pods to go', kubectl.run('wait --for=delete pods --all --timeout=30s'), {});
  results.check('nothing is left', kubectl.run('get isvc,pods'), { err: [/No resources found/] });
}
