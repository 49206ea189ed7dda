import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from './layout.js';
import { regions } from './layout.js';
import { uploadInputFiles } from './sample-data.js';

/** Every run takes in one file, so this many runs can come before anyone has to upload again. */
const stock = 8;

/**
 * The input files of the sample jobs, uploaded to both regions as the jobs' upstream systems would. There are always
 * more of them than runs: each run's end brings one more.
 */
export class InputFiles {
  readonly #layout: Layout;
  #count: number;

  constructor(layout: Layout) {
    this.#layout = layout;
    this.#count = Math.max(stock, ...regions.map((region) => uploadedFiles(layout.container(region, 'landing'))));
    this.#upload();
  }

  topUp(): void {
    this.#count += 1;
    this.#upload();
  }

  #upload(): void {
    for (const region of regions) uploadInputFiles(this.#layout.container(region, 'landing'), this.#count);
  }
}

function uploadedFiles(landing: string): number {
  const orders = join(landing, 'orders');
  return existsSync(orders) ? readdirSync(orders).length : 0;
}
