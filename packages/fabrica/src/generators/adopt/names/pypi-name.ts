import { normalise } from '../../../python/requirements';
import table from './conda-names.json';

/** What the mapping of others doesn't have, or has for another purpose. */
const MORE: Readonly<Record<string, string>> = {
  opencv: 'opencv-python-headless',
  'py-opencv': 'opencv-python-headless',
  'pytorch-cpu': 'torch',
  'pytorch-gpu': 'torch',
  pyg: 'torch-geometric',
  'tensorflow-base': 'tensorflow',
  'tensorflow-gpu': 'tensorflow',
  'py-xgboost': 'xgboost',
  'py-xgboost-cpu': 'xgboost',
  'py-xgboost-gpu': 'xgboost',
  'py-lightgbm': 'lightgbm',
  'ray-default': 'ray[default]',
  'ray-tune': 'ray[tune]',
  'fastparquet-base': 'fastparquet',
  umap: 'umap-learn',
};

/** What conda packages that is no Python: libraries, compilers, drivers, other languages. */
const NOT_PYTHON =
  /^(_.*|lib.*|r-.*|r|gcc.*|gxx.*|gfortran.*|clang.*|cxx-compiler|c-compiler|fortran-compiler|compilers|binutils.*|ld_impl.*|sysroot.*|kernel-headers.*|cuda.*|cudnn|cutensor|nccl|pytorch-cuda|pytorch-mutex|mkl|mkl-include|blas|openblas|lapack|intel-openmp|llvm-openmp|llvm|tbb|openmpi|mpich|openssl|ca-certificates|sqlite|tk|xz|zlib|bzip2|zstd|lz4-c|lzo|snappy|brotli-bin|readline|ncurses|ncurses-base|icu|expat|fontconfig|font-ttf-.*|fonts-.*|freetype|jpeg|openjpeg|lerc|giflib|pixman|cairo|pango|harfbuzz|fribidi|graphite2|glib|glib-tools|gettext|gstreamer|gst-plugins-base|dbus|nspr|nss|pcre|pcre2|qt|qt-main|qt-webengine|xorg-.*|gdk-pixbuf|gtk[23]|atk-1\.0|proj|geos|gdal|hdf4|hdf5|netcdf4-c|kealib|xerces-c|tiledb|arrow-cpp|aws-c-.*|aws-sdk-cpp|re2|orc|grpc-cpp|abseil-cpp|boost-cpp|eigen|fftw|gsl|glpk|gmp|mpfr|mpc|metis|suitesparse|arpack|curl|wget|git|git-lfs|make|cmake|m4|autoconf|automake|pkg-config|unzip|zip|p7zip|ffmpeg|x264|x265|imagemagick|poppler|ghostscript|tesseract|graphviz|nodejs|yarn|ninja-base|openjdk|maven|julia|perl|rust|go|pandoc|quarto|tectonic|texlive-core|postgresql|redis-server|vc|vs20.*_runtime|vs2015_runtime|ucrt|krb5|c-ares|keyutils|yaml|yaml-cpp|zeromq|libsodium|conda|conda-build|conda-env|mamba|anaconda|nomkl|python_abi|cudatoolkit.*|xorg)$/;

/** What stands for a conda package on PyPI, and how sure that is. */
export interface CondaName {
  /** The requirement's name, with an extra if need be; undefined when it isn't Python at all. */
  readonly name?: string;
  /** Whether the name is another than conda's. */
  readonly renamed: boolean;
}

/**
 * The distribution on PyPI for a conda package.
 *
 * @example
 * pypiName('pytorch'); // { name: 'torch', renamed: true }
 * pypiName('cudatoolkit'); // { renamed: false }: nothing there is it
 */
export function pypiName(conda: string): CondaName {
  const key = conda.toLowerCase();
  const names: Readonly<Record<string, string>> = table.names;
  const known = MORE[key] ?? names[normalise(key)];
  if (known) return { name: known, renamed: normalise(known) !== normalise(key) };
  if (NOT_PYTHON.test(key)) return { renamed: false };
  return { name: normalise(key), renamed: false };
}
