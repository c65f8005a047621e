"""The command line `droptrain`; what its commands do is in `local_cloud` and `operations`."""
