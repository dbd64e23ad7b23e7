import { Module } from '@nestjs/common';
import { ExposuresController } from './exposures.controller.js';
import { IngestController } from './ingest.controller.js';
import { Ingest } from './ingest.service.js';
import { OtlpController } from './otlp/otlp.controller.js';
import { Otlp } from './otlp/otlp.service.js';
import { RelayIngestController } from './relay-ingest.controller.js';
import { TelemetryRetention } from './retention.ticker.js';
import { StorageController } from './storage.controller.js';
import { StorageView } from './storage.view.js';
import { TelemetryStore } from './telemetry.store.js';
import { TelemetryView } from './telemetry.view.js';

/** Counters of evaluations and outcomes: taken in exactly once, kept by slot, summed up on request. */
@Module({
  controllers: [IngestController, RelayIngestController, ExposuresController, StorageController, OtlpController],
  providers: [Ingest, Otlp, TelemetryStore, TelemetryView, StorageView, TelemetryRetention],
})
export class TelemetryModule {}
