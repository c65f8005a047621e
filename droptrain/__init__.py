"""The command line `droptrain`; `local_cloud` and `operations` do the work of its commands."""

EXIT_INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it
