# SPDX-License-Identifier: MIT
# Run at each build: writes which commit is built into OUTPUT, made of TEMPLATE. An answer that has not changed leaves the file
# alone, so that nothing is compiled for it.
#   cmake -D SOURCE=project -D GIT=program -D TEMPLATE=file -D OUTPUT=file -P commit.cmake
set(IRMAE_GIT_COMMIT "unknown")

# The repository is named, not looked for: a copy within another repository is none of that one's commits. Nor is it asked for
# with the variables that a hook of Git's sets for what it starts.
unset(ENV{GIT_INDEX_FILE})
set(git ${GIT} --no-optional-locks --git-dir=${SOURCE}/.git --work-tree=${SOURCE})
if(GIT AND EXISTS ${SOURCE}/.git)
  execute_process(COMMAND ${git} describe --always --abbrev=12
    OUTPUT_VARIABLE commit RESULT_VARIABLE no_commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  # What the programs are made of, files that are not added yet included.
  execute_process(COMMAND ${git} status --porcelain --untracked-files=normal -- CMakeLists.txt analysis framework launchers
      storage
    WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE changes RESULT_VARIABLE no_status ERROR_QUIET)
  if(NOT no_commit AND NOT no_status)
    set(IRMAE_GIT_COMMIT ${commit})
    if(changes)
      string(APPEND IRMAE_GIT_COMMIT "-dirty")
    endif()
  endif()
elseif(EXISTS ${SOURCE}/.git_archival.txt)
  # git archive has put its commit there. Whether files were changed since is not known.
  file(STRINGS ${SOURCE}/.git_archival.txt commit REGEX "^node: [0-9a-f]+$")
  if(commit)
    string(SUBSTRING ${commit} 6 12 IRMAE_GIT_COMMIT)
    string(APPEND IRMAE_GIT_COMMIT "-archive")
  endif()
endif()
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
