/** Why a request is not forwarded; answered to the client. */
export class Refusal extends Error {
  /** HTTP status. */
  readonly status: number;
  /** For Retry-After, seconds. */
  readonly retryAfter: number | undefined;
  /** For metrics. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string, retryAfter?: number) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}
