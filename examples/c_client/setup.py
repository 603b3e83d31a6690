from setuptools import Extension, setup

import fastgd

setup(ext_modules=[Extension("c_client", ["c_client.c"], include_dirs=[fastgd.get_include()])])
