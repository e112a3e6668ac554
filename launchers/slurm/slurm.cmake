# SPDX-License-Identifier: MIT
# irmae submit. The batch scripts are files of their own, which shellcheck reads; they travel inside the program.
set(slurm_sources)
foreach(source batch_script commands job_records job_time quoting submission)
  list(APPEND slurm_sources slurm/${source}.cpp)
endforeach()
foreach(script array_job report_job)
  string(TOUPPER ${script} variable)
  file(READ ${CMAKE_CURRENT_LIST_DIR}/${script}.sh ${variable})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/${script}.sh)
endforeach()
configure_file(${CMAKE_CURRENT_LIST_DIR}/templates.h.in ${CMAKE_BINARY_DIR}/generated/launchers/slurm/templates.h @ONLY)
