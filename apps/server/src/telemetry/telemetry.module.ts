import { Module } from '@nestjs/common';
import { CarryOverStore } from './carry-over.store.js';
import { CarryOver } from './carry-over.ticker.js';
import { ExposuresController } from './exposures.controller.js';
import { IngestController } from './ingest.controller.js';
import { Ingest } from './ingest.service.js';
import { IngestShortcut } from './ingest-shortcut.js';
import { ProcessLoadStore } from './loads/process-load.store.js';
import { ProcessLoads } from './loads/process-loads.service.js';
import { OtlpController } from './otlp/otlp.controller.js';
import { Otlp } from './otlp/otlp.service.js';
import { OtlpClaimsStore } from './otlp/otlp-claims.store.js';
import { OtlpRetention } from './otlp/otlp-retention.ticker.js';
import { OutcomeClaimsStore } from './outcomes/outcome-claims.store.js';
import { OutcomeIngest } from './outcomes/outcome-ingest.service.js';
import { OutcomeRetention } from './outcomes/outcome-retention.ticker.js';
import { OutcomesController } from './outcomes/outcomes.controller.js';
import { OutcomesView } from './outcomes/outcomes.view.js';
import { TrackedEventsController } from './outcomes/tracked-events.controller.js';
import { RelayIngestController } from './relay-ingest.controller.js';
import { TelemetryRetention } from './retention.ticker.js';
import { SendersStore } from './senders.store.js';
import { SendersBound } from './senders.ticker.js';
import { StorageController } from './storage.controller.js';
import { StorageView } from './storage.view.js';
import { TelemetryStore } from './telemetry.store.js';
import { TelemetryView } from './telemetry.view.js';

/** Counters of evaluations and outcomes: taken in exactly once, kept by slot, summed up on request. */
@Module({
  controllers: [
    IngestController,
    RelayIngestController,
    ExposuresController,
    StorageController,
    OtlpController,
    OutcomesController,
    TrackedEventsController,
  ],
  providers: [
    Ingest,
    IngestShortcut,
    OutcomeClaimsStore,
    OutcomeIngest,
    OutcomeRetention,
    OutcomesView,
    Otlp,
    OtlpClaimsStore,
    OtlpRetention,
    TelemetryStore,
    TelemetryView,
    StorageView,
    TelemetryRetention,
    SendersStore,
    SendersBound,
    CarryOverStore,
    CarryOver,
    ProcessLoadStore,
    ProcessLoads,
  ],
})
export class TelemetryModule {}
