using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using DmaBufSim.Benchmarks;

if (args is ["million"])
{
    return MillionBuffers.Run();
}

if (args is ["protection"])
{
    return ProtectionTimes.Run();
}

if (args is ["areas"])
{
    return AreaTimes.Run();
}

if (args is ["workload"])
{
    return WorkloadTimes.Run();
}

if (args is ["compare"])
{
    return ComparisonTimes.Run();
}

// In one process, so that every figure stands beside the baseline of the same run.
IConfig config = DefaultConfig.Instance
    .AddJob(Job.Default
        .WithToolchain(InProcessEmitToolchain.Instance)
        .WithWarmupCount(3)
        .WithIterationCount(8))
    .WithOptions(ConfigOptions.DisableLogFile);
BenchmarkSwitcher.FromAssembly(typeof(HeapBenchmarks).Assembly).Run(args, config);
return 0;
