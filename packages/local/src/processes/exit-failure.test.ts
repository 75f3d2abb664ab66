import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exitFailure } from './exit-failure.ts';

const context = { isContainer: true, kernelRanOutOfMemory: false, restarts: 0, waitMs: 0 };

describe('an engine that could not start a container', () => {
  // Recorded from podman 4.3 and docker 20.10 with client 28.2.
  const cases: [string, string[], string][] = [
    [
      'docker, no registry there',
      [
        "Unable to find image 'localhost:1/nothing:here' locally",
        'docker: Error response from daemon: Get "http://localhost:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
        '',
        "Run 'docker run --help' for more information",
      ],
      'ErrImagePull',
    ],
    [
      'docker, no such host',
      [
        "Unable to find image 'nothing.invalid/x:1' locally",
        'docker: Error response from daemon: Get "https://nothing.invalid/v2/": dial tcp: lookup nothing.invalid: no such host',
        '',
        "Run 'docker run --help' for more information",
      ],
      'ErrImagePull',
    ],
    [
      'docker, a name that is none',
      [
        'docker: invalid reference format: repository name (Name) must be lowercase',
        '',
        "Run 'docker run --help' for more information",
      ],
      'InvalidImageName',
    ],
    [
      'podman, no registry there',
      [
        'Error: initializing source docker://localhost:1/nothing:here: pinging container registry localhost:1: Get "http://localhost:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
      ],
      'ErrImagePull',
    ],
    [
      'docker, a folder that is not there',
      [
        'docker: Error response from daemon: invalid mount config for type "bind": bind source path does not exist: /nowhere.',
        "See 'docker run --help'.",
      ],
      'CreateContainerError',
    ],
  ];
  for (const [name, logTail, reason] of cases) {
    test(name, () => {
      const failure = exitFailure({ id: 'one', code: 125, signal: null, logTail }, context);
      assert.equal(failure.reason, reason);
      assert.doesNotMatch(failure.message, /--help/);
      assert.match(failure.message, /its last line: (docker|Error): /);
    });
  }
});
