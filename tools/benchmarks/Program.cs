using BenchmarkDotNet.Running;
using DmaBufSim.Benchmarks;

if (args is ["million"])
{
    return MillionBuffers.Run();
}

BenchmarkSwitcher.FromAssembly(typeof(HeapBenchmarks).Assembly).Run(args);
return 0;
