/**
 * What the panel and the overlay are told and may ask for. The rest of dom0
 * implements it; nothing in it comes from a qube.
 */
import type { QubeName } from '../../base/ids.ts';
import type { PanelConfig } from '../../config/config.ts';
import type { QubeGlance } from '../../surface/qube-glance.ts';
import type { Label } from '../../trust/label.ts';

export interface PanelPort {
  /** Qubes that run or that there is something to say about, in the order of the configuration. */
  qubes(): readonly QubeGlance[];
  labelOf(qube: string): Label | undefined;
  /** Stops all its processes where they are. Rejects with UserError. */
  pause(qube: QubeName): Promise<void>;
  /** What is paused goes on. Rejects with UserError. */
  goOn(qube: QubeName): Promise<void>;
  /** Ends the qube. Rejects with UserError. */
  stop(qube: QubeName): Promise<void>;
}

export interface PanelOptions extends PanelConfig {
  readonly port: PanelPort;
}
