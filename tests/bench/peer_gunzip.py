#!/usr/bin/env python3
"""Measure the lower bound, in which ISA-L only decompresses the object in memory: peer_gunzip.py SOURCE.data.gz"""

import sys

from isal import isal_zlib

GZIP = 31

with open(sys.argv[1], "rb") as source:
    isal_zlib.decompress(source.read(), GZIP)
