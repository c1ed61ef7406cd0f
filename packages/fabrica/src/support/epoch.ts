/** 1980-01-01, the oldest time that a zip archive can hold: what is built again has the same bytes. */
export const EPOCH = '315532800';
