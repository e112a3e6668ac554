# SPDX-License-Identifier: MIT
# Which cell is trained where and when, and what teams and rank 0 tell each other: without LibTorch or MPI.
irmae_target(irmae_schedule STATIC SOURCES grid/messages.cpp grid/schedule.cpp LINK irmae_fmt)

# irmae-train: the second program, which alone loads LibTorch and MPI. irmae starts it when it is needed.
irmae_torch_executable(irmae-train
  SOURCES train.cpp cell_evaluations.cpp data_sets.cpp few_samples.cpp model_inputs.cpp model_outputs.cpp unmeasured.cpp
          commands/data.cpp commands/decode.cpp commands/doctor.cpp commands/encode.cpp commands/evaluate.cpp
          commands/export.cpp commands/plan.cpp commands/run.cpp commands/sample.cpp commands/submit.cpp
          grid/coordinator.cpp grid/lanes.cpp grid/messenger.cpp grid/other_data.cpp grid/progress_display.cpp
          grid/run_grid.cpp grid/team.cpp plan/frozen_plan.cpp plan/listing.cpp plan/standing.cpp ranks/all_ranks.cpp
          ranks/device.cpp ranks/gpu_share.cpp scaling/prediction.cpp scaling/print.cpp
  LINK irmae_status irmae_slurm irmae_schedule irmae_runs irmae_evaluation irmae_cost irmae_models irmae_data
       irmae_distributed irmae_toml irmae_raster irmae_tables irmae_command_line)
irmae_without_torch(few_samples.cpp train.cpp grid/coordinator.cpp grid/messenger.cpp)
target_include_directories(irmae-train PRIVATE ${CMAKE_BINARY_DIR}/generated)
if(TARGET irmae_cuda)
  add_dependencies(irmae-train irmae_cuda)
endif()
