# SPDX-License-Identifier: MIT
# cmake --install: the programs and the CUDA part in one folder, since irmae looks for the others beside itself.
include(GNUInstallDirs)
foreach(program irmae irmae-train irmae_cuda)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
install(DIRECTORY experiments DESTINATION ${CMAKE_INSTALL_DATADIR}/irmae)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
