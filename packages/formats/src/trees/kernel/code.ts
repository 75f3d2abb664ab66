import { assemble, F32, F64, FunctionBody, I32 } from './assembler.ts';

/** Walks that run side by side, so that the processor waits for many loads at once. */
export const LANES = 8;

/**
 * What the kernels of one shape of trees differ in from the others: how a walk goes one step down, and where it ends.
 */
interface Shape {
  readonly cell: typeof F32 | typeof F64;
  /** Emits what a walk's `position` (a local) is after one step, over the row at `row`, in the tree of `tree`. */
  step(body: FunctionBody, position: number, row: () => void, treeTerm: number): void;
}

/**
 * Complete trees of one depth, float32. Node n is 8 bytes (threshold, column in bytes) at tree + 8n, its children are
 * 2n + 1 and 2n + 2; the leaves follow, 4 bytes each. A position p is an address: the next is 2p + (8 − tree) + 8·right.
 */
const PADDED: Shape = {
  cell: F32,
  step(body, position, row, treeTerm) {
    body.get(position).shiftLeft(1).get(treeTerm).add();
    row();
    body.get(position).load(I32, 4).add().load(F32).get(position).load(F32).greater(F32).shiftLeft(3).add();
  },
};

/**
 * Trees of any shape, float64. A node is 16 bytes: threshold, column in bytes, address of the left child, behind which
 * the right one lies. A leaf is its own left child and its threshold is infinite, so that walks that have ended stay.
 */
const LINKED: Shape = {
  cell: F64,
  step(body, position, row) {
    body.get(position).load(I32, 12);
    row();
    body.get(position).load(I32, 8).add().load(F64).get(position).load(F64).greater(F64).shiftLeft(4).add();
  },
};

/** Which kernels to build. */
export interface KernelKind {
  readonly shape: 'padded' | 'linked';
  /** What the sums are rounded to. */
  readonly sum: typeof F32 | typeof F64;
}

/**
 * The module of a kind of kernels. Both functions add leaves to sums tree by tree, in order:
 * `many(trees, treesEnd, rows, rowsEnd, rowBytes, out, outBytes)`: every tree, {@link LANES} rows at a time;
 * `one(trees, treesEnd, row, out)`: one row, {@link LANES} trees at a time.
 * `trees` points at records of 16 bytes, one a tree: its first node, where a padded tree's leaves begin, its output in
 * bytes, and what finds the values of a linked tree's leaves (see `addLeaf`).
 */
export function kernelModule(kind: KernelKind, depth: number): Uint8Array<ArrayBuffer> {
  return assemble(
    new Map([
      ['many', manyRows(kind, depth)],
      ['one', oneRow(kind, depth)],
    ]),
  );
}

function manyRows(kind: KernelKind, depth: number): FunctionBody {
  const [trees, treesEnd, rows, rowsEnd, rowBytes, out, outBytes] = [0, 1, 2, 3, 4, 5, 6];
  const body = new FunctionBody(7);
  const [tree, row, sums, root, term, value] = [
    body.local(),
    body.local(),
    body.local(),
    body.local(),
    body.local(),
    body.local(),
  ];
  const lanes = Array.from({ length: LANES }, () => body.local());
  const rowOf = Array.from({ length: LANES }, () => body.local());
  const steps = body.local();
  body.get(trees).set(tree);
  body.repeat(() => {
    body.get(tree).load(I32, 0).set(root);
    treeTerms(body, kind, tree, root, term, value);
    body.get(rows).set(row);
    body.get(out).get(tree).load(I32, 8).add().set(sums);
    body.repeat(() => {
      for (let lane = 0; lane < LANES; lane++) {
        body.get(lane === 0 ? row : rowOf[lane - 1]);
        if (lane > 0) body.get(rowBytes).add();
        body.set(rowOf[lane]);
        body.get(root).set(lanes[lane]);
      }
      walk(
        body,
        kind,
        depth,
        steps,
        lanes,
        (lane) => rowOf[lane],
        () => term,
      );
      for (let lane = 0; lane < LANES; lane++) {
        addLeaf(body, kind, lanes[lane], value, sums);
        body.get(sums).get(outBytes).add().set(sums);
      }
      body
        .get(rowOf[LANES - 1])
        .get(rowBytes)
        .add()
        .tee(row)
        .get(rowsEnd)
        .less();
    });
    body.get(tree).const(16).add().tee(tree).get(treesEnd).less();
  });
  return body;
}

function oneRow(kind: KernelKind, depth: number): FunctionBody {
  const [trees, treesEnd, row, out] = [0, 1, 2, 3];
  const body = new FunctionBody(4);
  const [tree, sums] = [body.local(), body.local()];
  const lanes = Array.from({ length: LANES }, () => body.local());
  const terms = Array.from({ length: LANES }, () => body.local());
  const values = Array.from({ length: LANES }, () => body.local());
  const steps = body.local();
  body.get(trees).set(tree);
  body.repeat(() => {
    for (let lane = 0; lane < LANES; lane++) {
      body
        .get(tree)
        .load(I32, lane * 16)
        .set(lanes[lane]);
      treeTerms(body, kind, tree, lanes[lane], terms[lane], values[lane], lane * 16);
    }
    walk(
      body,
      kind,
      depth,
      steps,
      lanes,
      () => row,
      (lane) => terms[lane],
    );
    for (let lane = 0; lane < LANES; lane++) {
      body
        .get(out)
        .get(tree)
        .load(I32, lane * 16 + 8)
        .add()
        .set(sums);
      addLeaf(body, kind, lanes[lane], values[lane], sums);
    }
    body
      .get(tree)
      .const(16 * LANES)
      .add()
      .tee(tree)
      .get(treesEnd)
      .less();
  });
  return body;
}

/** Sets `term`, which a padded step adds, and `value`, which turns a walk's end into the address of a leaf's value. */
function treeTerms(
  body: FunctionBody,
  kind: KernelKind,
  tree: number,
  root: number,
  term: number,
  value: number,
  at = 0,
): void {
  if (kind.shape === 'padded') body.const(8).get(root).sub().set(term);
  body
    .get(tree)
    .load(I32, at + (kind.shape === 'padded' ? 4 : 12))
    .set(value);
}

/** All lanes go down: a padded tree's depth is known, a linked one is done when no walk moved. */
function walk(
  body: FunctionBody,
  kind: KernelKind,
  depth: number,
  moved: number,
  lanes: readonly number[],
  rowOf: (lane: number) => number,
  termOf: (lane: number) => number,
): void {
  if (kind.shape === 'padded') {
    for (let step = 0; step < depth; step++) {
      lanes.forEach((position, lane) => {
        PADDED.step(body, position, () => body.get(rowOf(lane)), termOf(lane));
        body.set(position);
      });
    }
    return;
  }
  const before = body.local();
  body.repeat(() => {
    body.const(0).set(moved);
    lanes.forEach((position, lane) => {
      body.get(position).set(before);
      LINKED.step(body, position, () => body.get(rowOf(lane)), termOf(lane));
      body.tee(position).get(before).xor().get(moved).or().set(moved);
    });
    body.get(moved);
  });
}

/** Adds the value of the leaf at `position` to the sum at the address in `sums`. */
function addLeaf(body: FunctionBody, kind: KernelKind, position: number, value: number, sums: number): void {
  body.get(sums).get(sums).load(kind.sum);
  // Leaves are half as large as nodes, so the mean of a walk's end and the nodes' end is where its value lies.
  body.get(position).get(value).add().shiftRight(1);
  if (kind.shape === 'padded') body.load(F32);
  else {
    body.load(F64);
    if (kind.sum === F32) body.demote();
  }
  body.addFloat(kind.sum).store(kind.sum);
}
