"""Rehearsal: guests who hold drawn codes before a drawn camera, the same for the same seed.

`script` and `timeline` need the standard library only, so that any process can write a
script and know when a code comes into view; the rest draws, with numpy and OpenCV.
"""
