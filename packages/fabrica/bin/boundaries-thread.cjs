// Checks the boundaries of projects in a thread of its own, beside others: see src/boundaries/check-all.ts.
'use strict';

const { parentPort, workerData } = require('node:worker_threads');
const { load } = require('./load.cjs');

parentPort.postMessage([...load('boundaries/check-all').check(workerData)]);
