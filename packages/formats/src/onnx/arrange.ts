import { allocate, type InferRequest, invalidInput, type Tensor, type TensorData } from '@berth/inference';
import { convertTensor } from './convert.ts';
import type { Port } from './ports.ts';

/**
 * Fits a table to a graph's inputs: columns become the inputs of their names, or of their positions where there are as many,
 * or one matrix; their numbers take the inputs' datatypes. Tensors stay as they came.
 * @throws InferenceError INVALID_INPUT
 */
export function arrangeInputs(request: InferRequest, ports: readonly Port[]): readonly Tensor[] {
  const { inputs, layout } = request;
  if (layout === 'tensors') return inputs;
  const byName = new Map(ports.map((port) => [port.name, port]));
  if (layout === 'columns' && inputs.some((column) => byName.has(column.name))) {
    return inputs.map((column) => {
      const port = byName.get(column.name);
      // An unknown column is refused by name where the inputs are checked.
      return port === undefined ? column : toColumnInput(column, port);
    });
  }
  if (inputs.length === ports.length && ports.every(isColumnLike)) {
    return inputs.map((column, index) => ({ ...toColumnInput(column, ports[index]), name: ports[index].name }));
  }
  if (ports.length === 1) return [toMatrix(inputs, ports[0])];
  const names = ports.map((port) => port.name).join(', ');
  throw invalidInput(`the model has the inputs ${names}; send each by its name`);
}

/** `[n]` where `[n, 1]` is wanted, and the other way round. */
function shapeFor(tensor: Tensor, wanted: readonly number[]): readonly number[] {
  const { shape } = tensor;
  if (shape.length === 1 && wanted.length === 2 && wanted[1] === 1) return [shape[0], 1];
  if (shape.length === 2 && shape[1] === 1 && wanted.length === 1) return [shape[0]];
  return shape;
}

function isColumnLike(port: Port): boolean {
  return (
    port.shape === undefined || port.shape.length === 1 || (port.shape.length === 2 && Math.abs(port.shape[1]) === 1)
  );
}

function toColumnInput(column: Tensor, port: Port): Tensor {
  const shape = port.shape === undefined ? column.shape : shapeFor(column, port.shape);
  return { ...convertTensor({ ...column, name: port.name }, port.datatype), shape };
}

function toMatrix(columns: readonly Tensor[], port: Port): Tensor {
  const count = columns[0]?.shape[0] ?? 0;
  const width = columns.length;
  const data = allocate(port.datatype, count * width) as { [index: number]: unknown };
  columns.forEach((column, index) => {
    if (column.data.length !== count) throw invalidInput(`column "${column.name}" has another length than the first`);
    const converted = convertTensor(column, port.datatype);
    for (let row = 0; row < count; row++) data[row * width + index] = converted.data[row];
  });
  return { name: port.name, datatype: port.datatype, shape: [count, width], data: data as TensorData };
}
