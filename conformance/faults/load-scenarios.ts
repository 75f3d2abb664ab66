/** What a flood, deadlines and clients that break off do to a live platform, in front of a model that takes its time. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api, Json } from './api.ts';
import { openFiles, partPid } from './footprint.ts';
import { ask, failures, type Probe } from './prober.ts';
import type { Scenario, Scene } from './scenarios.ts';

const TAKES_MS = 100;
const AT_ONCE = 8;

/** A model that answers after a while, and counts what it began and what it ended. */
const SLOW_SERVER = `
  const counts = { begun: 0, ended: 0 };
  require('node:http').createServer((request, response) => {
    if (!request.url.endsWith('/work')) return void response.end(JSON.stringify(counts));
    request.resume().on('end', () => {
      counts.begun++;
      const timer = setTimeout(() => { counts.ended++; response.end('done'); }, Number(process.env.TAKES_MS));
      response.on('close', () => clearTimeout(timer));
    });
  }).listen(Number(process.env.PORT ?? 8080));
`;

const slow = (name: string, takesMs: number, containerConcurrency: number): Json => ({
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  metadata: { name },
  spec: {
    predictor: {
      containerConcurrency,
      maxReplicas: 1,
      containers: [
        {
          name: 'kserve-container',
          image: 'none',
          command: [process.execPath, '-e', SLOW_SERVER],
          env: [{ name: 'TAKES_MS', value: `${takesMs}` }],
        },
      ],
    },
  },
});

const pathOf = (name: string) => `/serving/default/${name}/work`;

async function countsOf({ port }: Scene, name: string): Promise<{ begun: number; ended: number }> {
  return JSON.parse((await ask({ port, path: `/serving/default/${name}/counts`, body: '' })).body);
}

async function serve(api: Api, service: Json): Promise<string> {
  await api.apply(service);
  await api.ready(service.metadata.name);
  return service.metadata.name;
}

const percentile = (values: readonly number[], share: number) =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length * share)] ?? 0;

/** Requests of a megabyte fill what the gateway holds for a service, 256 MiB: the rest must be refused at once. */
const overload: Scenario = async (scene) => {
  const name = await serve(scene.api, slow('flood', TAKES_MS, AT_ONCE));
  const capacity = (1_000 / TAKES_MS) * AT_ONCE;
  const target = { port: scene.port, path: pathOf(name), body: 'x'.repeat(2 ** 20) };
  const probes: Probe[] = [];
  const until = performance.now() + 12_000;
  const client = async () => {
    while (performance.now() < until) {
      const probe = await ask(target);
      probes.push(probe);
      if (probe.status !== 200) await sleep(800);
    }
  };
  const clients = Array.from({ length: 600 }, client);
  await sleep(5_000);
  const before = (await scene.api.pods(name)).length;
  await Promise.all(clients);
  const served = probes.filter((one) => one.status === 200);
  const refused = probes.filter((one) => one.status === 503);
  const others = failures(probes.filter((one) => one.status !== 503));
  if (others.size > 0) throw new Error(`answers were neither 200 nor 503: ${JSON.stringify([...others])}`);
  if (before !== 1) throw new Error(`${before} replicas in the flood`);
  if (refused.length < 2 * served.length) throw new Error(`only ${refused.length} of ${probes.length} were refused`);
  // The first seconds fill the queue, the last ones empty it: what is between is held against what the model can.
  const from = until - 8_000;
  const rate = served.filter((one) => one.end > from && one.end <= until).length / 8;
  if (rate < 0.75 * capacity) throw new Error(`${rate.toFixed(0)} answers a second where ${capacity} are possible`);
  const longest = percentile(
    served.map((one) => one.end - one.start),
    0.99,
  );
  const bound = (1.5 * (256 + AT_ONCE) * 1_000) / rate;
  if (longest > bound) throw new Error(`waited ${longest.toFixed(0)} ms, the queue is worth ${bound.toFixed(0)}`);
  const after = await ask({ ...target, body: 'x' });
  if (after.status !== 200 || after.end - after.start > 2_000) throw new Error(`it is not over: ${after.status}`);
  await scene.api.remove(name);
  return `${served.length} served (${rate.toFixed(0)} a second of ${capacity}), ${refused.length} refused; p99 of the wait ${(longest / 1_000).toFixed(1)} s`;
};

/** The model takes a second, clients wait a tenth of one: next to nothing of their work may be begun. */
const deadline: Scenario = async (scene) => {
  const name = await serve(scene.api, slow('late', 1_000, 1));
  const requests = 200;
  await Promise.all(
    Array.from({ length: requests }, async () => {
      const socket = connect(scene.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(`POST ${pathOf(name)} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx`);
      await sleep(100);
      socket.destroy();
    }),
  );
  await sleep(1_500);
  const { begun, ended } = await countsOf(scene, name);
  // Clients leave one by one: a place that one frees may go to the next, who is about to leave; a busy machine sees more of these.
  if (ended > 0 || begun > 0.2 * requests) throw new Error(`${begun} of ${requests} were begun, ${ended} ended`);
  await scene.api.remove(name);
  return `${requests} clients gave up after 100 ms: ${begun} requests were begun, ${ended} computed to the end`;
};

/** Clients that are gone in the middle of the upload or of the answer leave no descriptor behind. */
const disconnect: Scenario = async (scene) => {
  const name = await serve(scene.api, slow('gone', 20, 0));
  const gateway = partPid(scene.keeper, 'gateway-main');
  const breakOff = (index: number) =>
    new Promise<void>((resolve) => {
      const socket = connect(scene.port, '127.0.0.1', () => {
        const length = index % 2 === 0 ? 4 : 50_000;
        const head = `POST ${pathOf(name)} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\nhalf`;
        socket.write(head, () => setTimeout(() => socket.resetAndDestroy(), index % 5));
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
    });
  const many = async (count: number) => {
    for (let done = 0; done < count; done += 50) await Promise.all(Array.from({ length: 50 }, (_, at) => breakOff(at)));
    await sleep(3_000);
    return openFiles(gateway).length;
  };
  const before = await many(500);
  const after = await many(5_000);
  if (after > before * 1.05 + 2) throw new Error(`${before} descriptors of the gateway before, ${after} after`);
  const answer = await ask({ port: scene.port, path: pathOf(name), body: 'x' });
  if (answer.status !== 200) throw new Error(`it answers ${answer.status} afterwards`);
  await scene.api.remove(name);
  return `5,000 clients broke off; descriptors of the gateway ${before} before, ${after} after`;
};

export const LOAD_SCENARIOS: ReadonlyMap<string, Scenario> = new Map([
  ['overload', overload],
  ['deadline', deadline],
  ['disconnect', disconnect],
]);
