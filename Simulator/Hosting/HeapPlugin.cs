using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Loader;
using DmaBufSim.Heaps;
using DmaBufSim.Memory;
using DmaBufSim.Memory.Policies;
using DmaBufSim.Security;
using DmaBufSim.Workloads;
using Microsoft.Extensions.DependencyInjection;

namespace DmaBufSim.Hosting;

/// <summary>A plug-in cannot be used; the message says which, why and what to do.</summary>
public sealed class HeapPluginException(string message) : Exception(message);

/// <summary>Loads heaps of one's own from an assembly.</summary>
public static class HeapPlugin
{
    /// <summary>
    /// Registers every public class of an assembly that has <see cref="HeapTypeAttribute"/>,
    /// <see cref="CmaPolicyAttribute"/>, <see cref="TenantTypeAttribute"/> or <see cref="GuardTypeAttribute"/>, or that
    /// is a <see cref="SecurePolicy"/> that can be made.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="path">The assembly. What it needs beside this library lies in the same folder.</param>
    /// <exception cref="HeapPluginException">The file is no such assembly, or a class of it cannot be used.</exception>
    public static IServiceCollection AddHeapPlugin(this IServiceCollection services, string path)
    {
        Type[] types = Load(path);
        List<Type> heaps = [.. types.Where(type => type.IsDefined(typeof(HeapTypeAttribute)))];
        List<Type> policies =
        [
            .. types.Where(type => type.IsSubclassOf(typeof(SecurePolicy)) && !type.IsAbstract
                && type.GetConstructor([]) is not null),
        ];
        List<Type> guards =
        [
            .. types.Where(type => type.IsSubclassOf(typeof(Guard)) && type.IsDefined(typeof(GuardTypeAttribute))),
        ];
        List<Type> areas =
        [
            .. types.Where(type => type.IsSubclassOf(typeof(CmaPolicy)) && type.IsDefined(typeof(CmaPolicyAttribute))),
        ];
        List<Type> tenants =
        [
            .. types.Where(type => type.IsSubclassOf(typeof(Tenant)) && type.IsDefined(typeof(TenantTypeAttribute))),
        ];
        if (heaps.Count + policies.Count + guards.Count + areas.Count + tenants.Count == 0)
        {
            throw new HeapPluginException(
                $"{path}: no public class has the attribute [HeapType(\"word\")]; give it to the heap that you wrote "
                + "([CmaPolicy], [GuardType] and [TenantType] to a policy of areas, a guard and a tenant)");
        }

        foreach (Type heap in heaps)
        {
            Add(services, path, heap);
        }

        try
        {
            policies.ForEach(type => services.AddSecurePolicy((SecurePolicy)Activator.CreateInstance(type)!));
            guards.ForEach(type => services.AddGuard(TypeOf(type)));
            areas.ForEach(type => services.AddCmaPolicy(PolicyOf(type)));
            tenants.ForEach(type => services.AddTenant(TenantOf(type)));
        }
        catch (Exception exception) when (exception is ArgumentException or TargetInvocationException)
        {
            throw new HeapPluginException($"{path}: {FirstLine(exception.InnerException ?? exception)}");
        }

        return services;
    }

    private static GuardType TypeOf(Type guard)
    {
        string name = guard.GetCustomAttribute<GuardTypeAttribute>()!.Name;
        ConstructorInfo constructor = guard.GetConstructor([typeof(GuardSettings)])
            ?? throw new ArgumentException(
                $"the class {guard.Name} has no public constructor that takes GuardSettings");
        return new GuardType(name, $"a plug-in: {guard.Name}",
            given => (Guard)constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, [given], null));
    }

    private static CmaPolicyType PolicyOf(Type policy)
    {
        string name = policy.GetCustomAttribute<CmaPolicyAttribute>()!.Name;
        ConstructorInfo constructor = policy.GetConstructor([])
            ?? throw new ArgumentException($"the class {policy.Name} has no public constructor without parameters");
        return new CmaPolicyType(name, $"a plug-in: {policy.Name}",
            () => (CmaPolicy)constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, null, null));
    }

    private static TenantType TenantOf(Type tenant)
    {
        TenantTypeAttribute said = tenant.GetCustomAttribute<TenantTypeAttribute>()!;
        ConstructorInfo constructor = tenant.GetConstructor([typeof(TenantContext)])
            ?? throw new ArgumentException(
                $"the class {tenant.Name} has no public constructor that takes TenantContext");
        if (!IsWord(said.Name) || char.IsAsciiDigit(said.Name[^1]))
        {
            throw new ArgumentException($"the class {tenant.Name} calls itself '{said.Name}'; "
                + "a tenant type is a word of letters, digits, '-' and '_', and does not end in a digit");
        }

        object? declared = tenant.GetProperty("Keys", BindingFlags.Public | BindingFlags.Static)?.GetValue(null);
        if (declared is not (null or ImmutableArray<TenantKey> { IsDefault: false }))
        {
            throw new ArgumentException($"the property Keys of {tenant.Name} is no ImmutableArray<TenantKey>");
        }

        ImmutableArray<TenantKey> keys = declared as ImmutableArray<TenantKey>? ?? [];
        foreach (TenantKey key in keys)
        {
            if (!IsWord(key.Name) || key.Name == "type" || keys.Count(other => other.Name == key.Name) > 1
                || (key.Default is { } value && !key.Accepts(value)))
            {
                throw new ArgumentException($"the class {tenant.Name} has a key '{key.Name}' that cannot be: "
                    + "a key is a word, not 'type', there once, and its default is a value that it accepts");
            }
        }

        return new TenantType(said.Name, keys,
            context => (Tenant)constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, [context], null))
        {
            HasPages = said.HasPages,
        };
    }

    private static bool IsWord(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static void Add(IServiceCollection services, string path, Type heap)
    {
        if (!heap.IsSubclassOf(typeof(DmaHeap)) || heap.IsAbstract)
        {
            throw new HeapPluginException(
                $"{path}: the class {heap.Name} has [HeapType] and is no DmaHeap that can be made; "
                + "derive it from DmaHeap");
        }

        string name = heap.GetCustomAttribute<HeapTypeAttribute>()!.Name;
        if (!IsWord(name))
        {
            throw new HeapPluginException(
                $"{path}: the class {heap.Name} calls itself '{name}'; "
                + "a heap type is a word of letters, digits, '-' and '_'");
        }

        try
        {
            services.AddDmaHeap(heap);
        }
        catch (ArgumentException exception)
        {
            throw new HeapPluginException($"{path}: {FirstLine(exception)}");
        }
    }

    private static Type[] Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new HeapPluginException($"{path}: there is no such file; build the plug-in and name its .dll");
        }

        try
        {
            string full = Path.GetFullPath(path);
            return new PluginContext(full).LoadFromAssemblyPath(full).GetExportedTypes();
        }
        catch (BadImageFormatException)
        {
            throw new HeapPluginException(
                $"{path}: this is not a .NET assembly; name the .dll that `dotnet build` made");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException
            or ArgumentException or InvalidOperationException)
        {
            throw new HeapPluginException($"{path}: the file cannot be read: {FirstLine(exception)}");
        }
        catch (Exception exception) when (exception is TypeLoadException or ReflectionTypeLoadException)
        {
            throw new HeapPluginException(
                $"{path}: it does not fit this version of DmaBufSim: {FirstLine(exception)}; "
                + "build it again against this one");
        }
    }

    private static string FirstLine(Exception exception) => exception.Message.Split('\n')[0].TrimEnd('\r');

    // What the host has is shared, the library above all: a heap of the plug-in must be a DmaHeap here.
    private sealed class PluginContext(string path) : AssemblyLoadContext(Path.GetFileName(path))
    {
        private readonly AssemblyDependencyResolver resolver = new(path);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            try
            {
                return Default.LoadFromAssemblyName(assemblyName);
            }
            catch (Exception exception) when (exception is FileNotFoundException or FileLoadException)
            {
                return resolver.ResolveAssemblyToPath(assemblyName) is { } found ? LoadFromAssemblyPath(found) : null;
            }
        }
    }
}
