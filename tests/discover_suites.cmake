# SPDX-License-Identifier: MIT
# Run when a test program was built (irmae_test in CMakeLists.txt): writes one CTest test for each of its test suites.
#   -D program= path of it  -D file= what CTest includes  -D timeout= seconds  -D labels= list  -D environment= list
# One thread each, where a test does not set another number: CTest runs several beside each other.
# Its CTest name is the suite's; what has skipped all of its cases counts as skipped (tests/run_all.h).
execute_process(COMMAND ${program} --gtest_list_tests OUTPUT_VARIABLE listing RESULT_VARIABLE status TIMEOUT 60)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${program} --gtest_list_tests: ${status}\n${listing}")
endif()
string(REGEX MATCHALL "(^|\n)[A-Za-z0-9_/]+\\." suites "${listing}")
set(tests "")
foreach(suite IN LISTS suites)
  string(STRIP "${suite}" suite)
  string(REGEX REPLACE "\\.$" "" suite "${suite}")
  string(APPEND tests "add_test([[${suite}]] [[${program}]] [[--gtest_filter=${suite}.*]])\n"
    "set_tests_properties([[${suite}]] PROPERTIES TIMEOUT ${timeout} LABELS [[${labels}]] "
    "SKIP_RETURN_CODE 77 ENVIRONMENT [[${environment}]])\n")
endforeach()
file(WRITE "${file}" "${tests}")
