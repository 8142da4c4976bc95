using System.Reflection;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory.Policies;
using DmaBufSim.Scenarios;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DmaBufSim.Hosting;

/// <summary>Puts the simulator into a service container.</summary>
public static class ServiceRegistration
{
    /// <summary>Registers the built-in kinds of heaps, the builder of machines and the runner of scenarios.</summary>
    public static IServiceCollection AddDmaBufSim(this IServiceCollection services)
    {
        foreach (HeapType type in HeapType.BuiltIn)
        {
            services.AddSingleton(type);
        }

        foreach (CmaPolicyType policy in CmaPolicyType.BuiltIn)
        {
            services.AddSingleton(policy);
        }

        services.TryAddSingleton(provider => new MachineBuilder(
            provider.GetServices<HeapType>(), provider.GetServices<CmaPolicyType>()));
        services.TryAddSingleton<ScenarioRunner>();
        return services;
    }

    /// <summary>Registers a kind of heap of your own.</summary>
    /// <typeparam name="THeap">
    /// A class with <see cref="HeapTypeAttribute"/> and a public constructor that takes a <see cref="HeapContext"/>,
    /// and
    /// whatever else the container has.
    /// </typeparam>
    /// <exception cref="ArgumentException">
    /// The class has no <see cref="HeapTypeAttribute"/>, a word that is taken, or no such constructor.
    /// </exception>
    public static IServiceCollection AddDmaHeap<THeap>(this IServiceCollection services)
        where THeap : DmaHeap =>
        services.AddDmaHeap(typeof(THeap));

    /// <summary>Registers a kind of heap of your own.</summary>
    /// <param name="services">The container.</param>
    /// <param name="heap">The class; see <see cref="AddDmaHeap{THeap}"/>.</param>
    /// <exception cref="ArgumentException">
    /// The class has no <see cref="HeapTypeAttribute"/>, a word that is taken, or no such constructor.
    /// </exception>
    public static IServiceCollection AddDmaHeap(this IServiceCollection services, Type heap)
    {
        string name = heap.GetCustomAttribute<HeapTypeAttribute>()?.Name
            ?? throw new ArgumentException(
                $"the class {heap.Name} has no attribute [HeapType(\"word\")]");
        if (!heap.GetConstructors().Any(TakesContext))
        {
            throw new ArgumentException(
                $"the class {heap.Name} has no public constructor that takes a HeapContext");
        }

        if (services.Any(service => WordOf(service.ImplementationInstance) == name))
        {
            throw new ArgumentException(
                $"the class {heap.Name} calls itself '{name}', which is a heap type already; choose another word");
        }

        services.AddSingleton(new TakenWord(name));
        ObjectFactory create = ActivatorUtilities.CreateFactory(heap, [typeof(HeapContext)]);
        return services.AddSingleton(
            provider => new HeapType(name, context => (DmaHeap)create(provider, [context])));
    }

    private static string? WordOf(object? service) => service switch
    {
        HeapType type => type.Name,
        TakenWord taken => taken.Word,
        _ => null,
    };

    private static bool TakesContext(ConstructorInfo constructor) =>
        constructor.GetParameters().Any(parameter => parameter.ParameterType == typeof(HeapContext));

    // The type itself is made later, when the container is ready.
    private sealed record TakenWord(string Word);
}
