// Checks the boundaries of a share of the projects in a thread of its own: see src/boundaries/check-all.ts.
'use strict';

const { parentPort, workerData } = require('node:worker_threads');
const { load } = require('./load.cjs');

parentPort.postMessage([...load('boundaries/check-all').checkShare(workerData)]);
