import type { RevisionLoad, RoutedService, ServiceKey } from '@berth/api';

/** The gateway as the controllers see it. */
export interface RoutePublisher {
  /** Replaces what the gateway knows of this service; cheap where nothing changed. */
  publish(service: RoutedService): void;
  remove(service: ServiceKey): void;
  /** Resolves when the gateway has taken over everything published so far (or there is no gateway to ask). */
  applied(): Promise<void>;
  /**
   * Resolves when an endpoint that was taken out has no request left, at the latest after `timeoutMs`. To be asked in the
   * same turn as the publish that takes it out: it is told once.
   */
  drained(namespace: string, endpoint: string, timeoutMs: number): Promise<void>;
  onLoad(listener: (loads: readonly RevisionLoad[]) => void): () => void;
  /** A request waits for a revision without a replica. */
  onDemand(listener: (revision: { namespace: string; service: string; revision: string }) => void): () => void;
}
