# SPDX-License-Identifier: MIT
# irmae-train: the second program, which alone loads LibTorch and MPI. irmae starts it when it is needed.
include(slurm/slurm.cmake)
irmae_torch_executable(irmae-train
  SOURCES train.cpp cell_evaluations.cpp data_sets.cpp frozen_plan.cpp model_inputs.cpp model_outputs.cpp unmeasured.cpp
          commands/data.cpp commands/decode.cpp commands/doctor.cpp commands/encode.cpp commands/evaluate.cpp
          commands/export.cpp commands/plan.cpp commands/run.cpp commands/sample.cpp commands/submit.cpp
          grid/all_ranks.cpp grid/progress_display.cpp grid/device.cpp grid/coordinator.cpp grid/lanes.cpp grid/other_data.cpp grid/run_grid.cpp
          grid/gpu_share.cpp grid/schedule.cpp grid/team.cpp plan/expected.cpp plan/standing.cpp plan/table.cpp plan/total.cpp
          scaling/prediction.cpp scaling/print.cpp
          ${slurm_sources}
  LINK irmae_grid irmae_training irmae_evaluation irmae_cost irmae_models irmae_data irmae_distributed irmae_toml
       irmae_raster irmae_tables irmae_command_line)
irmae_without_torch(train.cpp grid/coordinator.cpp grid/schedule.cpp ${slurm_sources})
target_include_directories(irmae-train PRIVATE ${CMAKE_BINARY_DIR}/generated)
if(TARGET irmae_cuda)
  add_dependencies(irmae-train irmae_cuda)
endif()
