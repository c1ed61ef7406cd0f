import { normalise } from '../../../python/requirements';

/**
 * The distribution that a module is in, where that isn't called like it: those that data science meets, out of the
 * mappings of pipreqs 0.5.0 (Apache-2.0) and conda-pypi 0.13.1 (MIT), each compared with what the distribution holds.
 */
const DISTRIBUTIONS: Readonly<Record<string, string>> = {
  absl: 'absl-py',
  attr: 'attrs',
  bayes_opt: 'bayesian-optimization',
  Bio: 'biopython',
  bs4: 'beautifulsoup4',
  cassandra: 'cassandra-driver',
  cattr: 'cattrs',
  community: 'python-louvain',
  Crypto: 'pycryptodome',
  cv2: 'opencv-python-headless',
  dateutil: 'python-dateutil',
  decouple: 'python-decouple',
  discord: 'discord-py',
  dns: 'dnspython',
  docx: 'python-docx',
  dotenv: 'python-dotenv',
  faiss: 'faiss-cpu',
  fitz: 'pymupdf',
  git: 'gitpython',
  github: 'pygithub',
  googleapiclient: 'google-api-python-client',
  haiku: 'dm-haiku',
  hydra: 'hydra-core',
  igraph: 'igraph',
  imblearn: 'imbalanced-learn',
  impala: 'impyla',
  IPython: 'ipython',
  jose: 'python-jose',
  jwt: 'pyjwt',
  Levenshtein: 'levenshtein',
  magic: 'python-magic',
  mpl_toolkits: 'matplotlib',
  MySQLdb: 'mysqlclient',
  nacl: 'pynacl',
  netCDF4: 'netcdf4',
  OpenSSL: 'pyopenssl',
  paho: 'paho-mqtt',
  pdfminer: 'pdfminer-six',
  PIL: 'pillow',
  pkg_resources: 'setuptools',
  playhouse: 'peewee',
  pptx: 'python-pptx',
  psycopg2: 'psycopg2-binary',
  pydispatch: 'pydispatcher',
  pylab: 'matplotlib',
  pyro: 'pyro-ppl',
  pythonjsonlogger: 'python-json-logger',
  pywt: 'pywavelets',
  ruamel: 'ruamel-yaml',
  sentence_transformers: 'sentence-transformers',
  serial: 'pyserial',
  shapefile: 'pyshp',
  skimage: 'scikit-image',
  sklearn: 'scikit-learn',
  sklearn_extra: 'scikit-learn-extra',
  skopt: 'scikit-optimize',
  slugify: 'python-slugify',
  snappy: 'python-snappy',
  socks: 'pysocks',
  speech_recognition: 'speechrecognition',
  st_aggrid: 'streamlit-aggrid',
  tables: 'tables',
  talib: 'ta-lib',
  telegram: 'python-telegram-bot',
  umap: 'umap-learn',
  usb: 'pyusb',
  websocket: 'websocket-client',
  wx: 'wxpython',
  yaml: 'pyyaml',
  zmq: 'pyzmq',
};

/** Distributions that hold the same module as another, by which any of them is known to be there. */
const ALIKE: Readonly<Record<string, readonly string[]>> = {
  cv2: ['opencv-python', 'opencv-contrib-python', 'opencv-contrib-python-headless'],
  faiss: ['faiss-gpu'],
  Levenshtein: ['python-levenshtein'],
  psycopg2: ['psycopg2'],
  slugify: ['unicode-slugify'],
  tensorflow: ['tensorflow-cpu', 'tensorflow-gpu', 'tensorflow-macos'],
  Crypto: ['pycrypto'],
  igraph: ['python-igraph'],
};

/** Namespaces that many distributions share: which of them, the first name doesn't say. */
const SHARED = new Set(['google', 'azure', 'backports', 'fabrica', 'zope']);

/** The distribution that a module is probably in, by its first name; undefined where that doesn't tell. */
export function distributionOfModule(module: string): string | undefined {
  if (SHARED.has(module)) return undefined;
  return DISTRIBUTIONS[module] ?? normalise(module);
}

/** Whether a module is known by the table, or its distribution only guessed from its name. */
export function isKnownModule(module: string): boolean {
  return module in DISTRIBUTIONS;
}

/** Whether a distribution holds a module, as far as names tell. */
export function holds(distribution: string, module: string): boolean {
  if (SHARED.has(module)) return distribution.startsWith(`${module}-`);
  return [distributionOfModule(module), normalise(module), ...(ALIKE[module] ?? [])].includes(distribution);
}
