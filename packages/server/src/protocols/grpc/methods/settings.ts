import {
  CudaSharedMemoryStatusRequestSchema,
  CudaSharedMemoryStatusResponseSchema,
  LogSettingsRequestSchema,
  LogSettingsResponseSchema,
  SystemSharedMemoryStatusRequestSchema,
  SystemSharedMemoryStatusResponseSchema,
  TraceSettingRequestSchema,
  TraceSettingResponseSchema,
} from '../../../../gen/inference_pb.ts';
import { notOffered } from '../errors.ts';
import type { UnaryMethod } from '../transport/method.ts';
import { generatedMethod } from './generated-method.ts';

/** `TraceSetting`: tracing the Triton way is off and can not be turned on; reading says so. */
export function traceSetting() {
  return generatedMethod(TraceSettingRequestSchema, TraceSettingResponseSchema, (request) => {
    if (Object.keys(request.settings).length > 0) throw notOffered('trace settings can be read but not changed');
    return {
      settings: {
        trace_rate: { value: ['1000'] },
        trace_mode: { value: ['triton'] },
        trace_level: { value: ['OFF'] },
        trace_file: { value: [''] },
        trace_count: { value: ['-1'] },
        log_frequency: { value: ['0'] },
      },
    };
  });
}

/** `LogSettings`: can be read, not changed. */
export function logSettings() {
  return generatedMethod(LogSettingsRequestSchema, LogSettingsResponseSchema, (request) => {
    if (Object.keys(request.settings).length > 0) throw notOffered('log settings can be read but not changed');
    return {
      settings: {
        log_warning: { parameterChoice: { case: 'boolParam' as const, value: true } },
        log_verbose_level: { parameterChoice: { case: 'uint32Param' as const, value: 0 } },
        log_info: { parameterChoice: { case: 'boolParam' as const, value: true } },
        log_format: { parameterChoice: { case: 'stringParam' as const, value: 'default' } },
        log_file: { parameterChoice: { case: 'stringParam' as const, value: '' } },
        log_error: { parameterChoice: { case: 'boolParam' as const, value: true } },
      },
    };
  });
}

/** `SystemSharedMemoryStatus`: there are no regions. */
export function systemSharedMemoryStatus() {
  return generatedMethod(SystemSharedMemoryStatusRequestSchema, SystemSharedMemoryStatusResponseSchema, () => ({}));
}

/** `CudaSharedMemoryStatus`: there are no regions. */
export function cudaSharedMemoryStatus() {
  return generatedMethod(CudaSharedMemoryStatusRequestSchema, CudaSharedMemoryStatusResponseSchema, () => ({}));
}

/** Registering client memory is refused: a server that maps what a client names can be made to read others' memory. */
export const sharedMemoryRefused: UnaryMethod = {
  kind: 'unary',
  handle() {
    throw notOffered('shared memory is not offered; send tensors in raw_input_contents');
  },
};
