import { Gauge } from 'prom-client';
import { metrics } from './events.js';

/** What is wrong in one environment, in numbers. */
export interface PlaceStanding {
  readonly project: string;
  readonly environment: string;
  readonly pendingPages: number;
  readonly pendingTickets: number;
  readonly firingPages: number;
  readonly firingTickets: number;
  readonly incidentsOpen: number;
  /** Opened in the last 30 days. */
  readonly incidentsRecent: number;
  readonly killedFlags: number;
  /** How busy back ends were in the last whole minutes, from 0 to 1; null: none says. */
  readonly saturation: number | null;
}

/** An alert that is not over. */
export type ActiveAlert = Readonly<
  Record<'project' | 'environment' | 'objective' | 'kind' | 'severity' | 'phase' | 'owner' | 'flag' | 'runbook', string>
>;

/** How the installation stands. */
export interface Standing {
  readonly places: readonly PlaceStanding[];
  readonly active: readonly ActiveAlert[];
  readonly messagesWaiting: number;
}

const registers = [metrics];
const perPlace = ['project', 'environment'];
const alerts = new Gauge({
  name: 'ballast_alerts',
  help: 'Alerts that are not over, by severity and phase, on the server that leads',
  labelNames: [...perPlace, 'severity', 'phase'],
  registers,
});
const active = new Gauge({
  name: 'ballast_alert_active',
  help: 'Alerts that are not over, 500 at most, pages first; always 1',
  labelNames: [...perPlace, 'objective', 'kind', 'severity', 'phase', 'owner', 'flag', 'runbook'],
  registers,
});
const incidents = new Gauge({ name: 'ballast_incidents_open', help: 'Incidents that nobody closed', labelNames: perPlace, registers });
const recent = new Gauge({
  name: 'ballast_incidents_recent',
  help: 'Incidents opened in the last 30 days',
  labelNames: perPlace,
  registers,
});
const killed = new Gauge({ name: 'ballast_killed_flags', help: 'Flags that are killed', labelNames: perPlace, registers });
const saturation = new Gauge({
  name: 'ballast_saturation_ratio',
  help: 'How busy the processes of back ends were in the last five minutes, by the resource each runs out of first',
  labelNames: perPlace,
  registers,
});
const waiting = new Gauge({ name: 'ballast_alert_messages_waiting', help: 'Messages about alerts that are not delivered yet', registers });
// A gauge without labels begins at 0, which is an answer; only the leader has one.
waiting.remove();

/** The leader looked how everything stands. */
export function standingSeen({ places, active: found, messagesWaiting }: Standing): void {
  for (const gauge of [alerts, active, incidents, recent, killed, saturation]) gauge.reset();
  for (const { project, environment, ...numbers } of places) {
    const place = { project, environment };
    alerts.set({ ...place, severity: 'page', phase: 'pending' }, numbers.pendingPages);
    alerts.set({ ...place, severity: 'ticket', phase: 'pending' }, numbers.pendingTickets);
    alerts.set({ ...place, severity: 'page', phase: 'firing' }, numbers.firingPages);
    alerts.set({ ...place, severity: 'ticket', phase: 'firing' }, numbers.firingTickets);
    incidents.set(place, numbers.incidentsOpen);
    recent.set(place, numbers.incidentsRecent);
    killed.set(place, numbers.killedFlags);
    if (numbers.saturation !== null) saturation.set(place, numbers.saturation);
  }
  for (const alert of found) active.set(alert, 1);
  waiting.set(messagesWaiting);
}

/** This server does not look any more: another one shows how everything stands. */
export function standingLeft(): void {
  standingSeen({ places: [], active: [], messagesWaiting: 0 });
  waiting.remove();
}
