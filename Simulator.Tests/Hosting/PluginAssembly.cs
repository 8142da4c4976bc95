using System.Reflection;
using System.Reflection.Emit;
using DmaBufSim.Abi;
using DmaBufSim.Dma;
using DmaBufSim.Heaps;

namespace DmaBufSim.Tests.Hosting;

/// <summary>Writes small assemblies with one class, for plug-ins that no compiler would let through.</summary>
internal static class PluginAssembly
{
    /// <summary>Writes an assembly.</summary>
    /// <param name="path">The file.</param>
    /// <param name="word">What the attribute of the class says; null for no attribute.</param>
    /// <param name="isHeap">Whether the class is a heap.</param>
    /// <param name="takesContext">Whether the constructor of the heap takes a context.</param>
    public static void Write(string path, string? word, bool isHeap = true, bool takesContext = true)
    {
        PersistedAssemblyBuilder assembly = new(
            new AssemblyName(Path.GetFileNameWithoutExtension(path)), typeof(object).Assembly);
        TypeBuilder type = assembly.DefineDynamicModule("main").DefineType(
            "MyHeap", TypeAttributes.Public, isHeap ? typeof(DmaHeap) : typeof(object));
        if (word is not null)
        {
            ConstructorInfo attribute = typeof(HeapTypeAttribute).GetConstructor([typeof(string)])!;
            type.SetCustomAttribute(new CustomAttributeBuilder(attribute, [word]));
        }

        if (isHeap)
        {
            AddConstructor(type, takesContext);
            AddMethod(type, "AllocatePages", typeof(Result<SgTable>), typeof(int));
            AddMethod(type, "FreePages", null, typeof(SgTable));
        }

        type.CreateType();
        assembly.Save(path);
    }

    private static void AddConstructor(TypeBuilder type, bool takesContext)
    {
        ILGenerator code = type.DefineConstructor(
            MethodAttributes.Public, CallingConventions.Standard, takesContext ? [typeof(HeapContext)] : [])
            .GetILGenerator();
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(takesContext ? OpCodes.Ldarg_1 : OpCodes.Ldnull);
        code.Emit(OpCodes.Call, typeof(DmaHeap).GetConstructor(
            BindingFlags.Instance | BindingFlags.NonPublic, [typeof(HeapContext)])!);
        code.Emit(OpCodes.Ret);
    }

    private static void AddMethod(TypeBuilder type, string name, Type? returns, Type argument)
    {
        ILGenerator code = type.DefineMethod(
            name, MethodAttributes.Family | MethodAttributes.Virtual, returns, [argument]).GetILGenerator();
        if (returns is not null)
        {
            code.Emit(OpCodes.Ldloc, code.DeclareLocal(returns));
        }

        code.Emit(OpCodes.Ret);
    }
}
