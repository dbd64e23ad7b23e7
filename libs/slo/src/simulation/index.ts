export { poissonFrom, type Random, randomFrom } from './chance.js';
export {
  type Delays,
  type Estimate,
  type Extent,
  type Incident,
  type Policy,
  simulateDetection,
  simulateEpisodes,
  type Traffic,
} from './simulate.js';
