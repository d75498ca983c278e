/* Becomes ClickHouse: the npm package chdb ships clickhouse-local as a library whose entry point takes its command line. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: clickhouse LIBRARY [OPTION...]\n");
    return 2;
  }
  void* library = dlopen(argv[1], RTLD_NOW);
  if (library == NULL) {
    fprintf(stderr, "cannot load %s: %s\n", argv[1], dlerror());
    return 1;
  }
  void* (*run)(int, char**);
  *(void**)(&run) = dlsym(library, "chdb_query_cmdline");
  if (run == NULL) {
    fprintf(stderr, "%s has no chdb_query_cmdline\n", argv[1]);
    return 1;
  }
  argv[1] = "clickhouse";
  run(argc - 1, argv + 1);
  return 0;
}
