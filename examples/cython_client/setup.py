from Cython.Build import cythonize
from setuptools import setup

setup(ext_modules=cythonize("cython_client.pyx", build_dir="build"))
