export interface InferenceServiceStatus { conditions?: unknown[] }
