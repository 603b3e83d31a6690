from setuptools import Extension, setup

setup(ext_modules=[Extension("cython_client", ["cython_client.pyx"])])
