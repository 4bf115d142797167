"""The wall on Linux: standard library and ctypes only, so that it can be read in one sitting.

The order matters, and was measured:

1. ``hardening``: no new privileges, not dumpable, dies with its parent, limits;
2. ``namespaces``: own network, while the process has one thread (a second one makes it impossible);
   then every capability is dropped;
3. ``landlock``, layer A (code only), before numpy, pyarrow, polars or opendp start threads:
   Landlock covers the calling thread and its children, not threads that already run;
4. the worker imports its libraries;
5. ``landlock``, layer B (the worker's own files only);
6. ``seccomp``: an allow-list of system calls, for all threads at once.
"""
