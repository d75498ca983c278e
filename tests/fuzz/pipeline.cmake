# Fuzzers of the pipeline's core: messages, and published files (the committed examples are the seeds).
dpctl_fuzzer(raw_message ${CMAKE_SOURCE_DIR}/tests/fuzz/raw_message_fuzz.cpp CORPUS ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/raw_message USES pipeline_core)
dpctl_fuzzer(state ${CMAKE_SOURCE_DIR}/tests/fuzz/state_fuzz.cpp CORPUS ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/state USES pipeline_aggregation)
dpctl_fuzzer(market_file ${CMAKE_SOURCE_DIR}/tests/fuzz/market_file_fuzz.cpp CORPUS ${CMAKE_SOURCE_DIR}/examples/markets USES pipeline_core)
